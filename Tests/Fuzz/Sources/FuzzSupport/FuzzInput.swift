/// The bytes of one input, taken piece by piece: first what steers the target, then the payload.
/// Never runs out: behind the end come zeros.
public struct FuzzInput {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    /// The input that libFuzzer handed over.
    public init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        bytes = UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
    }

    /// Whether everything has been taken.
    public var isAtEnd: Bool { index >= bytes.count }

    /// The next byte.
    public mutating func byte() -> UInt8 {
        guard index < bytes.count else { return 0 }
        defer { index += 1 }
        return bytes[index]
    }

    /// A number below `bound`, from one or two bytes.
    public mutating func below(_ bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        let low = Int(byte())
        return bound <= 256 ? low % bound : (low << 8 | Int(byte())) % bound
    }

    /// The next bytes, fewer at the end.
    public mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
        let end = min(index + max(count, 0), bytes.count)
        defer { index = end }
        return UnsafeRawBufferPointer(rebasing: bytes[index..<end])
    }

    /// Everything that is left.
    public mutating func rest() -> UnsafeRawBufferPointer {
        take(bytes.count)
    }
}

/// A promise of the code under test; libFuzzer keeps the input that breaks it.
@inline(never)
public func promise(_ holds: Bool, _ what: StaticString) {
    precondition(holds, "\(what)")
}
