/// A run of UTF-16 (little-endian) in binary data, decoded for matchers.
///
/// Data is read in units of two bytes from its start; surrogates without their other half separate
/// runs. Matches are handed back in order, so that finding their place again costs one walk over the
/// run.
struct WideTextSegment {
    /// Shorter runs are no text (the original's limit).
    static let charactersMin = 5

    /// Bytes of the data.
    private(set) var range: Range<Int>
    private var textOffset = 0
    private var dataOffset: Int

    /// Decodes the next run that starts at or after `position`, which must be even, into `decoded`.
    /// NULs become U+0001: matchers take NUL for the end.
    ///
    /// - Returns: nil when there is none.
    static func next(
        in data: UnsafeRawBufferPointer, from position: Int, into decoded: ByteBuffer
    ) -> WideTextSegment? {
        var start = position
        while start + 1 < data.count {
            let end = decode(data, from: start, into: decoded)
            if end > start, hasEnoughCharacters(data, start, end) {
                return WideTextSegment(range: start..<end, dataOffset: start)
            }
            // Behind the unit that ended the run.
            start = end + 2
        }
        return nil
    }

    private static func unit(_ data: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(data[offset]) | UInt32(data[offset + 1]) << 8
    }

    /// Decodes up to the first half surrogate pair or the end; where it stopped.
    private static func decode(
        _ data: UnsafeRawBufferPointer, from start: Int, into decoded: ByteBuffer
    ) -> Int {
        decoded.removeAll()
        var offset = start
        while offset + 1 < data.count {
            let first = unit(data, offset)
            if first & 0xF800 != 0xD800 {
                append(first == 0 ? 1 : first, to: decoded)
                offset += 2
                continue
            }
            guard first < 0xDC00, offset + 3 < data.count else { return offset }
            let second = unit(data, offset + 2)
            guard second & 0xFC00 == 0xDC00 else { return offset }
            append(0x10000 + ((first & 0x3FF) << 10 | second & 0x3FF), to: decoded)
            offset += 4
        }
        return offset
    }

    private static func append(_ scalar: UInt32, to decoded: ByteBuffer) {
        func byte(_ value: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: value) }
        if scalar < 0x80 {
            decoded.append(byte(scalar))
        } else if scalar < 0x800 {
            decoded.append(byte(0xC0 | scalar >> 6))
            decoded.append(byte(0x80 | scalar & 0x3F))
        } else if scalar < 0x10000 {
            decoded.append(byte(0xE0 | scalar >> 12))
            decoded.append(byte(0x80 | scalar >> 6 & 0x3F))
            decoded.append(byte(0x80 | scalar & 0x3F))
        } else {
            decoded.append(byte(0xF0 | scalar >> 18))
            decoded.append(byte(0x80 | scalar >> 12 & 0x3F))
            decoded.append(byte(0x80 | scalar >> 6 & 0x3F))
            decoded.append(byte(0x80 | scalar & 0x3F))
        }
    }

    private static func hasEnoughCharacters(
        _ data: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> Bool {
        var characters = 0
        var offset = start
        while offset < end, characters < charactersMin {
            offset += unit(data, offset) & 0xF800 == 0xD800 ? 4 : 2
            characters += 1
        }
        return characters == charactersMin
    }

    private init(range: Range<Int>, dataOffset: Int) {
        self.range = range
        self.dataOffset = dataOffset
    }

    /// Bytes of the data for bytes of the decoded text. Parts must be asked for in order.
    mutating func dataRange(_ part: Range<Int>, of decoded: ByteBuffer) -> Range<Int> {
        let start = advance(to: part.lowerBound, decoded)
        let end = advance(to: part.upperBound, decoded)
        return start..<end
    }

    private mutating func advance(to offset: Int, _ decoded: ByteBuffer) -> Int {
        while textOffset < min(offset, decoded.count) {
            let length = ScannedText.sequenceLength(decoded.base[textOffset])
            textOffset += length
            dataOffset += length == 4 ? 4 : 2
        }
        return min(dataOffset, range.upperBound)
    }
}
