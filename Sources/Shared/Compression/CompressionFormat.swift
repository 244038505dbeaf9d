/// A compressed representation of a body.
public enum CompressionFormat: UInt8, Sendable, CaseIterable {
    /// RFC 1952, one or more members.
    case gzip
    /// RFC 1950: deflate with zlib's header and checksum (what `Content-Encoding: deflate` means).
    case zlib
    /// RFC 1951 without any wrapper.
    case rawDeflate
    /// What clients send as `deflate`: zlib, or raw deflate where the first two bytes are no zlib
    /// header.
    case anyDeflate
    /// RFC 7932, windows up to 16 MiB.
    case brotli
    /// RFC 8878, windows up to 8 MiB (RFC 9659's bound for HTTP).
    case zstd

    /// The name for error messages.
    public var name: String {
        switch self {
        case .gzip: "gzip"
        case .zlib: "zlib"
        case .rawDeflate, .anyDeflate: "deflate"
        case .brotli: "br"
        case .zstd: "zstd"
        }
    }

    /// Whether the first two bytes are a zlib header: method 8, window up to 32 KiB, check bits, no
    /// preset dictionary.
    static func isZlibHeader(_ first: UInt8, _ second: UInt8) -> Bool {
        first & 0x0f == 8 && first >> 4 <= 7 && second & 0x20 == 0
            && (UInt16(first) << 8 | UInt16(second)) % 31 == 0
    }
}

/// Why a body could not be decompressed.
public enum DecompressionError: Error, Hashable, Sendable {
    /// The output would exceed the limit, in bytes. Nothing beyond the limit has been kept.
    case tooLarge(limitBytes: Int)
    /// Not of the format, damaged, or followed by bytes that do not belong to it.
    case malformed(CompressionFormat)
    /// The input ended early.
    case truncated(CompressionFormat)
    /// The library could not get memory.
    case outOfMemory
    /// Whoever takes the output wanted no more of it.
    case stopped
}
