/// Matcher of IP version 6 addresses between white space, punctuation or the ends of the text.
///
/// The pattern of the reference is an ordered list of alternatives; the first that fits wins, not
/// the longest (`2001:db8::1` redacts only `db8::1`). The order and the limits of each alternative
/// are therefore kept. All of them are bounded, so the work per start is constant.
struct InternetProtocol6Matcher {
    private let text: ScannedText

    init(_ text: ScannedText) { self.text = text }

    func next(from: Int) -> TextMatch {
        // The pattern needs two colons; a group starts at most 39 bytes before the second one.
        var start = from
        while start < text.count {
            let byte = text[start]
            if byte >= 0x80 || ByteClass.of(byte) & (ByteClass.space | ByteClass.punctuation) != 0 {
                let lead = leadLength(at: start)
                if lead > 0 {
                    let match = group(at: start + lead)
                    if match.found { return match }
                }
            }
            if start == 0 {
                let match = group(at: 0)
                if match.found { return match }
            }
            start += ScannedText.sequenceLength(byte)
        }
        return .none
    }

    @inline(__always)
    private func leadLength(at offset: Int) -> Int {
        let byte = text[offset]
        if byte < 0x80 {
            return ByteClass.of(byte) & (ByteClass.space | ByteClass.punctuation) != 0 ? 1 : 0
        }
        return text.spaceLength(at: offset)
    }

    /// The address at `offset` with the character after it, which the match consumes.
    private func group(at offset: Int) -> TextMatch {
        guard offset < text.count else { return .none }
        let first = text[offset]
        guard first == 0x3A || ByteClass.of(first) & ByteClass.hex != 0 else { return .none }
        let end = address(at: offset)
        if end < 0 { return .none }
        return TextMatch(start: offset, end: end, next: end + max(0, trailLength(at: end)))
    }

    /// Length of the character that must follow an address, 0 at the end of the text, -1 for none.
    @inline(__always)
    private func trailLength(at offset: Int) -> Int {
        if offset >= text.count { return 0 }
        let length = leadLength(at: offset)
        return length > 0 ? length : -1
    }

    @inline(__always)
    private func isEnd(_ offset: Int) -> Bool { trailLength(at: offset) >= 0 }

    private func hexRun(at offset: Int) -> Int {
        var position = offset
        while position < text.count, position - offset < 4,
            ByteClass.of(text[position]) & ByteClass.hex != 0
        {
            position += 1
        }
        return position - offset
    }

    /// End offsets of `(H:)` repeated from the start; index 0 is the start itself.
    private func leadingGroups(at offset: Int) -> (ends: InlineOffsets, count: Int) {
        var ends = InlineOffsets()
        ends[0] = offset
        var count = 0
        var position = offset
        while count < 7 {
            let length = hexRun(at: position)
            guard length > 0, text.byte(position + length) == 0x3A else { break }
            position += length + 1
            count += 1
            ends[count] = position
        }
        return (ends, count)
    }

    private func address(at offset: Int) -> Int {
        let (ends, count) = leadingGroups(at: offset)
        if count > 0 {
            if count == 7 {
                let end = hexTail(at: ends[7])
                if end >= 0 { return end }
            }
            var index = count
            while index >= 1 {
                if text.byte(ends[index]) == 0x3A, isEnd(ends[index] + 1) {
                    return ends[index] + 1
                }
                index -= 1
            }
            let compressed = compressedMiddle(ends, count)
            if compressed >= 0 { return compressed }
            let single = colonGroups(at: ends[1], most: 6)
            if single >= 0 { return single }
        }
        if text[offset] == 0x3A {
            let end = colonGroups(at: offset + 1, most: 7)
            if end >= 0 { return end }
            if text.byte(offset + 1) == 0x3A, isEnd(offset + 2) { return offset + 2 }
        }
        let zone = zoneAddress(at: offset)
        if zone >= 0 { return zone }
        var index = min(count, 4)
        while index >= 1 {
            if text.byte(ends[index]) == 0x3A {
                let end = dottedQuad(at: ends[index] + 1)
                if end >= 0 { return end }
            }
            index -= 1
        }
        return -1
    }

    /// `(H:){1,6}::H` … `(H:){1,2}:(:H){1,5}`, in that order.
    private func compressedMiddle(_ ends: InlineOffsets, _ count: Int) -> Int {
        for tail in 1...5 {
            var index = min(count, 7 - tail)
            while index >= 1 {
                let position = ends[index]
                if text.byte(position) == 0x3A {
                    let end = colonGroups(at: position + 1, most: tail)
                    if end >= 0 { return end }
                }
                index -= 1
            }
        }
        return -1
    }

    /// A hextet at `offset` whose end is an end of the address, shorter ones included.
    private func hexTail(at offset: Int) -> Int {
        let length = hexRun(at: offset)
        return length > 0 && isEnd(offset + length) ? offset + length : -1
    }

    /// `(:H){1,most}` at `offset`, the longest one that ends where an address may end.
    private func colonGroups(at offset: Int, most: Int) -> Int {
        var best = -1
        var position = offset
        var count = 0
        while count < most, text.byte(position) == 0x3A {
            let length = hexRun(at: position + 1)
            if length == 0 { break }
            position += 1 + length
            count += 1
            if isEnd(position) { best = position }
        }
        return best
    }

    /// `fe80:(:H){0,4}%zone::(ffff(:0{1,4})?:)?a.b.c.d`
    private func zoneAddress(at offset: Int) -> Int {
        var position = text.skip("fe80:", at: offset)
        guard position >= 0 else { return -1 }
        var count = 0
        while count < 4, text.byte(position) == 0x3A {
            let length = hexRun(at: position + 1)
            if length == 0 { break }
            position += 1 + length
            count += 1
        }
        guard text.byte(position) == 0x25 else { return -1 }
        position += 1
        let zoneStart = position
        while position < text.count {
            if ByteClass.of(text[position]) & ByteClass.digit != 0 {
                position += 1
            } else {
                let length = text.foldedLetterLength(at: position)
                if length == 0 { break }
                position += length
            }
        }
        guard position > zoneStart, text.has("::", at: position) else { return -1 }
        position += 2
        let mapped = text.skip("ffff", at: position)
        if mapped >= 0, text.byte(mapped) == 0x3A {
            var zeros = mapped + 1
            while zeros < text.count, zeros - mapped <= 4, text[zeros] == 0x30 { zeros += 1 }
            if zeros > mapped + 1, text.byte(zeros) == 0x3A {
                let end = dottedQuad(at: zeros + 1)
                if end >= 0 { return end }
            }
            let end = dottedQuad(at: mapped + 1)
            if end >= 0 { return end }
        }
        return dottedQuad(at: position)
    }

    /// Four octets that end where an address may end. An octet may take fewer digits than there are
    /// only if what follows still fits, which a digit never does.
    private func dottedQuad(at offset: Int) -> Int {
        var position = offset
        for octet in 0..<4 {
            var value = 0
            let start = position
            while position < text.count, position - start < 3,
                ByteClass.of(text[position]) & ByteClass.digit != 0
            {
                value = value * 10 + Int(text[position] & 0x0F)
                position += 1
            }
            if position == start || value > 255 { return -1 }
            if octet < 3 {
                guard text.byte(position) == 0x2E else { return -1 }
                position += 1
            }
        }
        return isEnd(position) ? position : -1
    }
}

/// Eight offsets on the stack.
struct InlineOffsets {
    private var storage = (0, 0, 0, 0, 0, 0, 0, 0)

    subscript(index: Int) -> Int {
        get {
            switch index {
            case 0: storage.0
            case 1: storage.1
            case 2: storage.2
            case 3: storage.3
            case 4: storage.4
            case 5: storage.5
            case 6: storage.6
            default: storage.7
            }
        }
        set {
            switch index {
            case 0: storage.0 = newValue
            case 1: storage.1 = newValue
            case 2: storage.2 = newValue
            case 3: storage.3 = newValue
            case 4: storage.4 = newValue
            case 5: storage.5 = newValue
            case 6: storage.6 = newValue
            default: storage.7 = newValue
            }
        }
    }
}
