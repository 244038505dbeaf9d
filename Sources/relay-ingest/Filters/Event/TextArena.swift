import Glibc

/// Room for texts that are made during one decision.
final class TextArena {
    private struct State {
        var blocks: [UnsafeMutableRawBufferPointer] = []
        var used = 0
    }

    /// Kept behind a pointer, where access needs no checks.
    private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)

    init() {
        state.initialize(to: State())
    }

    deinit {
        for block in state.pointee.blocks { block.deallocate() }
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Forgets all texts; the first block is kept.
    @inline(__always)
    func reset() {
        if state.pointee.used != 0 { forget() }
    }

    private func forget() {
        state.pointee.used = 0
        while state.pointee.blocks.count > 1 { state.pointee.blocks.removeLast().deallocate() }
        if let block = state.pointee.blocks.first, block.count > 1 << 16 {
            state.pointee.blocks.removeLast()
            block.deallocate()
        }
    }

    func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let used = state.pointee.used
        if let block = state.pointee.blocks.last, block.count - used >= count {
            state.pointee.used = used + count
            return UnsafeMutableRawBufferPointer(rebasing: block[used..<(used + count)])
        }
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(count, 1 << 14), alignment: 8)
        state.pointee.blocks.append(block)
        state.pointee.used = count
        return UnsafeMutableRawBufferPointer(rebasing: block[..<count])
    }

    func text(_ bytes: some Collection<UInt8>) -> Text {
        let target = room(bytes.count)
        target.copyBytes(from: bytes)
        return Text(target)
    }

    func text(_ string: String) -> Text {
        text(string.utf8)
    }

    /// A text of more than `most + allowance` characters cut to `most` of them, three of which are
    /// full stops.
    func cut(_ text: Text?, _ most: Int, _ allowance: Int) -> Text? {
        guard let text, text.count > most + allowance else { return text }
        let start = Text(rebasing: text[...(most + allowance)])
        // As many bytes as characters.
        if ASCIIText.isASCII(start) { return shortened(text, most - 3) }
        var characters = 0
        var end = 0
        for index in 0..<text.count where text[index] & 0xC0 != 0x80 {
            if characters == most - 3 { end = index }
            characters += 1
            if characters > most + allowance { return shortened(text, end) }
        }
        return text
    }

    /// The first bytes of a text with full stops behind them.
    private func shortened(_ text: Text, _ end: Int) -> Text {
        let target = room(end + 3)
        target.copyMemory(from: Text(rebasing: text[..<end]))
        for place in end..<(end + 3) { target[place] = 0x2E }
        return Text(target)
    }

    /// `type: value`, or the one that is not empty.
    func joined(_ exception: ExceptionText) -> Text {
        let type = exception.type ?? Text(start: nil, count: 0)
        let value = exception.value ?? Text(start: nil, count: 0)
        if type.isEmpty { return value }
        if value.isEmpty { return type }
        let target = room(type.count + value.count + 2)
        target.copyMemory(from: type)
        target[type.count] = 0x3A
        target[type.count + 1] = 0x20
        UnsafeMutableRawBufferPointer(rebasing: target[(type.count + 2)...])
            .copyMemory(from: value)
        return Text(target)
    }

    /// The text of a JSON string with its escapes resolved; nil if an escape is malformed or half a
    /// character.
    func unescaped(_ raw: Text) -> Text? {
        let target = room(raw.count)
        var read = 0
        var write = 0
        while read < raw.count {
            let rest = Text(rebasing: raw[read...])
            let found = rest.baseAddress.flatMap { base in
                memchr(base, 0x5C, rest.count).map { UnsafeRawPointer($0) - base }
            }
            let run = found ?? rest.count
            if run > 0 {
                UnsafeMutableRawBufferPointer(rebasing: target[write...])
                    .copyMemory(from: Text(rebasing: rest[..<run]))
                read += run
                write += run
                continue
            }
            guard read + 1 < raw.count else { return nil }
            let kind = raw[read + 1]
            read += 2
            if kind == 0x75 {
                guard let scalar = Self.scalar(raw, &read) else { return nil }
                for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                    target[write] = unit
                    write += 1
                }
                continue
            }
            guard let plain = Self.plain(kind) else { return nil }
            target[write] = plain
            write += 1
        }
        return Text(rebasing: Text(target)[..<write])
    }

    private static func plain(_ kind: UInt8) -> UInt8? {
        switch kind {
        case 0x22, 0x2F, 0x5C: kind
        case 0x62: 0x08
        case 0x66: 0x0C
        case 0x6E: 0x0A
        case 0x72: 0x0D
        case 0x74: 0x09
        default: nil
        }
    }

    private static func scalar(_ raw: Text, _ read: inout Int) -> Unicode.Scalar? {
        guard let first = unit(raw, read) else { return nil }
        read += 4
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, read + 1 < raw.count, raw[read] == 0x5C, raw[read + 1] == 0x75,
            let second = unit(raw, read + 2), second >= 0xDC00, second < 0xE000
        else { return nil }
        read += 6
        return Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10 | UInt32(second - 0xDC00)))
    }

    private static func unit(_ raw: Text, _ start: Int) -> UInt16? {
        guard start + 4 <= raw.count else { return nil }
        var value: UInt16 = 0
        for index in start..<(start + 4) {
            let digit: UInt8
            switch raw[index] {
            case 0x30...0x39: digit = raw[index] - 0x30
            case 0x41...0x46, 0x61...0x66: digit = (raw[index] | 0x20) - 0x61 + 10
            default: return nil
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}
