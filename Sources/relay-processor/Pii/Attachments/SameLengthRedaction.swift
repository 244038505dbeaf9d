/// Redactions that do not change how long something is: attachments are scrubbed where they lie, and
/// positions in a minidump must stay true. What a replacement leaves free becomes `*`.
enum SameLengthRedaction {
    private static let padding = UInt8(ascii: "*")

    /// Redacts bytes of UTF-8, or of anything.
    static func apply(
        _ method: ScrubMethod, text: [UInt8]?, to bytes: UnsafeMutableRawBufferPointer
    ) {
        switch method {
        // A method that is not known changes nothing here, as in the original.
        case .drop: return
        case .remove, .mask: fill(bytes, from: 0)
        case .replace: put(text ?? [], into: bytes)
        case .hash: put(hash(bytes), into: bytes)
        }
    }

    /// Redacts UTF-16, little-endian; the count of bytes is even.
    static func applyWide(
        _ method: ScrubMethod, text: [UInt8]?, to bytes: UnsafeMutableRawBufferPointer
    ) {
        switch method {
        case .drop: return
        case .remove, .mask: fillWide(bytes, from: 0)
        case .replace: putWide(text ?? [], into: bytes)
        case .hash: putWide(hash(bytes), into: bytes)
        }
    }

    private static func fill(_ bytes: UnsafeMutableRawBufferPointer, from start: Int) {
        for offset in start..<max(start, bytes.count) { bytes[offset] = padding }
    }

    private static func fillWide(_ bytes: UnsafeMutableRawBufferPointer, from start: Int) {
        for offset in start..<max(start, bytes.count) {
            bytes[offset] = (offset - start) & 1 == 0 ? padding : 0
        }
    }

    private static func put(_ text: [UInt8], into bytes: UnsafeMutableRawBufferPointer) {
        var count = min(text.count, bytes.count)
        // No half characters.
        while count > 0, count < text.count, text[count] & 0xC0 == 0x80 { count -= 1 }
        for offset in 0..<count { bytes[offset] = text[offset] }
        fill(bytes, from: count)
    }

    private static func putWide(_ text: [UInt8], into bytes: UnsafeMutableRawBufferPointer) {
        var position = 0
        for character in String(decoding: text, as: UTF8.self).unicodeScalars {
            let units = UTF16.encode(character).map(Array.init) ?? []
            guard position + 2 * units.count <= bytes.count else { break }
            for unit in units {
                bytes[position] = UInt8(truncatingIfNeeded: unit)
                bytes[position + 1] = UInt8(truncatingIfNeeded: unit >> 8)
                position += 2
            }
        }
        fillWide(bytes, from: position)
    }

    private static func hash(_ bytes: UnsafeMutableRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: HashedText.byteCount) { target, count in
            guard let base = target.baseAddress else { return }
            HashedText.write(UnsafeRawBufferPointer(bytes), to: base)
            count = HashedText.byteCount
        }
    }
}
