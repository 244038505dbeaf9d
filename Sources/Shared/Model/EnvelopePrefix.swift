import Glibc

/// Reads the headers of an envelope of which only the first bytes are there yet, so that one that will
/// be refused need not be received, or decompressed, to its end.
///
/// A header is read once more bytes are there than a header may have: what it says then is final.
/// Smaller envelopes, and the last headers of each, are left to `Envelope`.
public struct EnvelopePrefix: Sendable {
    /// An item whose header has been read.
    public struct Item: Sendable {
        /// The item without its payload.
        public var item: EnvelopeItem
        /// The length the header states, or how far the payload goes; of an unfinished item, what is
        /// there of it.
        public var payloadBytes: Int
    }

    private let limits: EnvelopeLimits
    private var isHeaderRead = false
    private var itemCount = 0
    /// Where the next header starts, or the newline before it; it may lie ahead of the bytes.
    private var position = 0
    private var isNewlineDue = false
    /// A payload without stated length, whose end is looked for from `position`.
    private var openItem: (item: EnvelopeItem, start: Int)?

    /// A reader at the start of an envelope.
    public init(limits: EnvelopeLimits = EnvelopeLimits()) {
        self.limits = limits
    }

    /// Bytes the envelope has at least, according to the headers read so far.
    public var bytesMin: Int { position }

    /// The item whose payload runs to a newline that has not come yet.
    public var unfinished: Item? {
        openItem.map { Item(item: $0.item, payloadBytes: position - $0.start) }
    }

    /// The next item, or nil when more bytes are needed to tell.
    /// - Parameter bytes: the envelope as far as it is there: those of the last call, and more.
    public mutating func next(_ bytes: [UInt8]) throws(EnvelopeError) -> Item? {
        if let open = openItem {
            guard let end = Self.newline(bytes, from: position) else {
                position = bytes.count
                return nil
            }
            position = end + 1
            openItem = nil
            return Item(item: open.item, payloadBytes: end - open.start)
        }
        guard try reachHeader(bytes) else { return nil }
        if !isHeaderRead {
            _ = try Envelope.header(bytes[...], &position, limits)
            isHeaderRead = true
            guard try reachHeader(bytes) else { return nil }
        }
        if itemCount >= limits.itemsMax { throw .tooManyItems(limit: limits.itemsMax) }
        itemCount += 1
        let item = try Envelope.itemHeader(bytes[...], &position, limits)
        guard let length = item.statedLength else {
            openItem = (item, position)
            return try next(bytes)
        }
        position += Int(length)
        isNewlineDue = true
        return Item(item: item, payloadBytes: Int(length))
    }

    private static func newline(_ bytes: [UInt8], from position: Int) -> Int? {
        bytes.withUnsafeBytes { buffer in
            guard position < buffer.count, let start = buffer.baseAddress else { return nil }
            return memchr(start + position, 0x0a, buffer.count - position)
                .map { UnsafeRawPointer($0) - start }
        }
    }

    /// Goes to the next header; false while it is not there for sure.
    private mutating func reachHeader(_ bytes: [UInt8]) throws(EnvelopeError) -> Bool {
        guard position < bytes.count else { return false }
        if isNewlineDue {
            position = try Envelope.afterNewline(bytes[...], at: position)
            isNewlineDue = false
        }
        position = Envelope.headerStart(bytes[...], from: position)
        return bytes.count - position > max(0, limits.headerBytesMax)
    }
}
