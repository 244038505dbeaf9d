/// What SDKs submit: a header and items.
///
/// Reading slices the bytes it is given; nothing is copied. Format: features of the original's
/// `envelope.rs`: `header \n (item header \n payload \n)*`, where the length of a payload may be
/// left out (it then runs to the next newline) and the last newline too.
public struct Envelope: Hashable, Sendable {
    public var header: EnvelopeHeader
    public var items: [EnvelopeItem]

    /// An envelope from its parts.
    public init(header: EnvelopeHeader, items: [EnvelopeItem]) {
        self.header = header
        self.items = items
    }

    /// Reads an envelope. Lengths that lie, limits passed and malformed headers are errors; unknown
    /// item types and header fields are kept.
    public init(
        parsing bytes: ArraySlice<UInt8>, limits: EnvelopeLimits = EnvelopeLimits()
    ) throws(EnvelopeError) {
        var position = Self.headerStart(bytes, from: bytes.startIndex)
        if position == bytes.endIndex { throw .missingHeader }
        header = try Self.header(bytes, &position, limits)
        items = []
        while true {
            position = Self.headerStart(bytes, from: position)
            if position == bytes.endIndex { break }
            if items.count >= limits.itemsMax { throw .tooManyItems(limit: limits.itemsMax) }
            items.append(try Self.item(bytes, &position, limits))
        }
    }

    /// Reads an envelope that owns all of an array.
    public init(
        parsing bytes: [UInt8], limits: EnvelopeLimits = EnvelopeLimits()
    ) throws(EnvelopeError) {
        try self.init(parsing: bytes[...], limits: limits)
    }

    /// The first byte that is not white space; blank lines between items are tolerated.
    static func headerStart(_ bytes: ArraySlice<UInt8>, from position: Int) -> Int {
        var position = position
        while position < bytes.endIndex {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return position
            }
        }
        return position
    }

    /// The bytes a header may lie in.
    private static func headerWindow(
        _ bytes: ArraySlice<UInt8>, from position: Int, _ limits: EnvelopeLimits
    ) -> ArraySlice<UInt8> {
        bytes[position..<min(bytes.endIndex, position + max(0, limits.headerBytesMax))]
    }

    /// A header that is malformed only because the window cut it off is too large.
    private static func limited(
        _ error: EnvelopeError, _ window: ArraySlice<UInt8>, _ bytes: ArraySlice<UInt8>,
        _ limits: EnvelopeLimits
    ) -> EnvelopeError {
        guard window.endIndex < bytes.endIndex, !window.contains(0x0a) else { return error }
        return .headerTooLarge(limit: limits.headerBytesMax)
    }

    static func afterNewline(
        _ bytes: ArraySlice<UInt8>, at end: Int
    ) throws(EnvelopeError) -> Int {
        if end == bytes.endIndex { return end }
        guard bytes[end] == 0x0a else { throw .missingNewline }
        return end + 1
    }

    /// Reads the envelope header at `position` and goes behind its newline.
    static func header(
        _ bytes: ArraySlice<UInt8>, _ position: inout Int, _ limits: EnvelopeLimits
    ) throws(EnvelopeError) -> EnvelopeHeader {
        let window = headerWindow(bytes, from: position, limits)
        var end = position
        let header: EnvelopeHeader
        do {
            header = try EnvelopeHeader(parsing: window, end: &end)
        } catch {
            throw limited(error, window, bytes, limits)
        }
        position = try afterNewline(bytes, at: end)
        return header
    }

    /// Reads the item header at `position` and goes behind its newline; the payload is empty.
    static func itemHeader(
        _ bytes: ArraySlice<UInt8>, _ position: inout Int, _ limits: EnvelopeLimits
    ) throws(EnvelopeError) -> EnvelopeItem {
        let window = headerWindow(bytes, from: position, limits)
        var end = position
        let item: EnvelopeItem
        do {
            item = try EnvelopeItem(parsing: window, end: &end)
        } catch {
            throw limited(error, window, bytes, limits)
        }
        position = try afterNewline(bytes, at: end)
        return item
    }

    private static func item(
        _ bytes: ArraySlice<UInt8>, _ position: inout Int, _ limits: EnvelopeLimits
    ) throws(EnvelopeError) -> EnvelopeItem {
        var item = try itemHeader(bytes, &position, limits)
        let start = position
        let end: Int
        if let length = item.statedLength {
            guard Int(length) <= bytes.endIndex - start else { throw .unexpectedEndOfFile }
            end = start + Int(length)
            item.payload = bytes[start..<end]
            position = try afterNewline(bytes, at: end)
        } else {
            end = bytes[start...].firstIndex(of: 0x0a) ?? bytes.endIndex
            item.payload = bytes[start..<end]
            position = min(end + 1, bytes.endIndex)
        }
        return item
    }

    /// Bytes `write(to:)` appends at most, for reserving.
    public var sizeEstimate: Int {
        items.reduce(header.bytes.count + 1) {
            $0 + $1.headerBytes.count + $1.payload.count + 32
        }
    }

    /// Appends the envelope. Each item states the length of its payload; every other header field
    /// stays as it was read.
    public func write(to output: inout [UInt8]) {
        output.reserveCapacity(output.count + sizeEstimate)
        output.append(contentsOf: header.bytes)
        output.append(0x0a)
        writeItems(to: &output)
    }

    /// Appends the items only, for callers that write another header line.
    public func writeItems(to output: inout [UInt8]) {
        forEachItemPiece { output.append(contentsOf: $0) }
    }

    /// The items piece by piece, for callers whose memory is of another kind.
    public func forEachItemPiece(_ body: (ArraySlice<UInt8>) -> Void) {
        let newline: ArraySlice<UInt8> = [0x0a]
        for item in items {
            body(item.headerLine)
            body(item.payload)
            body(newline)
        }
    }

    /// The envelope as bytes.
    public var serialized: [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    /// The item that is this envelope's event, if one is.
    public var eventItemIndex: Int? {
        items.firstIndex { $0.createsEvent && $0.type != .attachment }
            ?? items.firstIndex { $0.createsEvent }
    }

    /// Whether an item belongs to an event, so that the envelope needs an event id.
    public var requiresEvent: Bool {
        items.contains { $0.type.requiresEvent }
    }
}
