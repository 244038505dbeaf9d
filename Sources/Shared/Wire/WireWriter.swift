import Model

/// Writes the fields of a frame into memory of a fixed size. It never writes past the end; when
/// something did not fit, `isOverflowing` tells so and the result is void.
struct WireWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var position = 0
    private(set) var isOverflowing = false

    init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    private mutating func reserve(_ count: Int) -> Bool {
        if count > memory.count - position { isOverflowing = true }
        return !isOverflowing
    }

    mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        guard reserve(MemoryLayout<Number>.size) else { return }
        memory.storeBytes(of: number.littleEndian, toByteOffset: position, as: Number.self)
        position += MemoryLayout<Number>.size
    }

    /// Overwrites a number written before.
    func patch(_ number: UInt32, at position: Int) {
        guard position + 4 <= memory.count else { return }
        memory.storeBytes(of: number.littleEndian, toByteOffset: position, as: UInt32.self)
    }

    mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        guard reserve(bytes.count), bytes.count > 0 else { return }
        UnsafeMutableRawBufferPointer(rebasing: memory[position...]).copyMemory(from: bytes)
        position += bytes.count
    }

    /// Bytes behind a 32-bit length.
    mutating func blob(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { blob($0) }
    }

    /// Bytes behind a 32-bit length.
    mutating func blob(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { blob($0) }
    }

    /// Bytes behind a 32-bit length.
    mutating func blob(_ bytes: UnsafeRawBufferPointer) {
        integer(UInt32(clamping: bytes.count))
        raw(bytes)
    }

    /// Text behind a 16-bit length, cut at `bytesMax`.
    mutating func shortText(_ text: String, bytesMax: Int) {
        withUTF8(text, bytesMax: min(bytesMax, Int(UInt16.max))) { writer, bytes in
            writer.integer(UInt16(clamping: bytes.count))
            writer.raw(bytes)
        }
    }

    mutating func projectKey(_ key: ProjectKey) {
        integer(key.high)
        integer(key.low)
    }

    mutating func eventID(_ id: EventID) {
        integer(id.high)
        integer(id.low)
    }

    /// An optional field with text, cut at `bytesMax`; nothing for nil.
    mutating func optional(_ tag: UInt16, _ text: String?, bytesMax: Int) {
        guard let text else { return }
        withUTF8(text, bytesMax: bytesMax) { writer, bytes in
            writer.integer(tag)
            writer.blob(bytes)
        }
    }

    /// An optional field with a number; nothing for nil.
    mutating func optional<Number: FixedWidthInteger & BitwiseCopyable>(
        _ tag: UInt16, _ number: Number?
    ) {
        guard let number else { return }
        integer(tag)
        integer(UInt32(MemoryLayout<Number>.size))
        integer(number)
    }

    /// An optional field with bytes; nothing for none.
    mutating func optional(_ tag: UInt16, _ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        integer(tag)
        blob(bytes)
    }

    /// An optional field with what `body` writes.
    mutating func optional(_ tag: UInt16, _ body: (inout WireWriter) -> Void) {
        integer(tag)
        let start = position
        integer(UInt32(0))
        body(&self)
        if !isOverflowing { patch(UInt32(clamping: position - start - 4), at: start) }
    }

    private mutating func withUTF8(
        _ text: String, bytesMax: Int, _ body: (inout WireWriter, UnsafeRawBufferPointer) -> Void
    ) {
        var text = text
        text.withUTF8 { bytes in
            var count = bytes.count
            if count > bytesMax {
                count = bytesMax
                // A cut never splits a character: continuation bytes go with their start.
                while count > 0, bytes[count] & 0xc0 == 0x80 { count -= 1 }
            }
            body(&self, UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<count]))
        }
    }
}
