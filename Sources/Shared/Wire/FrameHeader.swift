/// The first 16 bytes of a frame: `u32 payload length, u8 version, u8 type, u16 flags,
/// u64 request id`, little endian.
public struct FrameHeader: Hashable, Sendable {
    /// Bytes that follow the header.
    public var payloadBytes: UInt32
    /// Protocol version of the payload.
    public var version: UInt8
    public var type: MessageType
    /// Reserved: zero when sent, ignored when received.
    public var flags: UInt16
    /// Pairs an answer with its request; chosen by the asker, 0 where nothing is answered.
    public var requestID: UInt64

    /// A header from its parts.
    public init(
        payloadBytes: UInt32, version: UInt8 = WireLimits.versionMax, type: MessageType,
        flags: UInt16 = 0, requestID: UInt64
    ) {
        self.payloadBytes = payloadBytes
        self.version = version
        self.type = type
        self.flags = flags
        self.requestID = requestID
    }

    /// Reads a header from at least 16 bytes and checks all of it before anything else happens.
    public init(
        _ bytes: UnsafeRawBufferPointer, payloadBytesMax: Int
    ) throws(WireError) {
        guard bytes.count >= WireLimits.headerBytes else { throw .truncated(field: "header") }
        let length = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
        let version = bytes[4]
        guard version >= WireLimits.versionMin, version <= WireLimits.versionMax else {
            throw .unsupportedVersion(version)
        }
        guard let type = MessageType(rawValue: bytes[5]) else {
            throw .unknownMessage(type: bytes[5])
        }
        guard Int(length) <= payloadBytesMax else {
            throw .payloadTooLarge(bytes: length, limit: payloadBytesMax)
        }
        self.init(
            payloadBytes: length, version: version, type: type,
            flags: UInt16(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self)),
            requestID: UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// The 16 bytes.
    func write(to writer: inout WireWriter) {
        writer.integer(payloadBytes)
        writer.integer(version)
        writer.integer(type.rawValue)
        writer.integer(flags)
        writer.integer(requestID)
    }
}

/// A frame whose payload still lies in the buffer it was received in: valid only within the call
/// that hands it out.
public struct FrameView {
    public let header: FrameHeader
    public let payload: UnsafeRawBufferPointer

    /// A view of a payload that outlives it.
    public init(header: FrameHeader, payload: UnsafeRawBufferPointer) {
        self.header = header
        self.payload = payload
    }

    /// Decodes the payload into a message that owns its bytes.
    public func decoded() throws(WireError) -> Frame {
        Frame(
            requestID: header.requestID,
            message: try MessageDecoder.decode(header.type, payload))
    }
}
