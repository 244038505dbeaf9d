/// An event of which only the fields that filters need were looked at, in one pass over its JSON.
///
/// It knows events in their usual form. Whatever is not certain without normalising (repeated keys,
/// old and new name of a field together, values of unusual types …) makes it unsure, and the event
/// is read in full then. So it may be unsure too often, but never wrong.
struct ScannedEvent: EventView {
    /// The members of an event that are looked at.
    enum Member: Int {
        case type, release, transaction, transactionInfo, message, exception, request, user
        case platform, sdk, stacktrace, level, logger, environment, dist, tags
        case logEntry, oldMessage

        static var count: Int { 18 }
    }

    struct Exception {
        var type: RawValue?
        var value: RawValue?
        var hasStacktrace = false
    }

    let arena: TextArena
    let part: EventPart
    /// Whether the event came as a transaction item.
    private(set) var isTransactionItem = false
    /// Whether the client is on the same machine.
    private(set) var isLocalSender = false
    private var needsFrames = false
    private var seen: UInt32 = 0
    private(set) var exceptions: [Exception] = []
    /// The list of frames of the first exception, and the last of them if it could be told apart.
    private(set) var frames: RawValue?
    private(set) var lastFrame: RawValue?
    private(set) var request = ScannedRequest()
    private(set) var address: RawValue?

    /// Chained exceptions at most; longer ones are read in full.
    private static let exceptionsMax = 256

    init(arena: TextArena) {
        self.arena = arena
        part = EventPart(arena: arena)
    }

    /// Whether there is such a member, be it null.
    func has(_ member: Member) -> Bool { seen & 1 << UInt32(member.rawValue) != 0 }

    /// The member, nil if there is none or it is null.
    func member(_ member: Member) -> RawValue? {
        guard has(member) else { return nil }
        let value = arena.values[member.rawValue]
        return value.isNull ? nil : value
    }

    // MARK: The pass

    /// Reads an event; the bytes must stay as long as the event is asked.
    mutating func scan(_ bytes: Text, from sender: FilterRequest, needsFrames: Bool) throws(Unsure)
    {
        isTransactionItem = sender.isTransaction
        isLocalSender = sender.isLocal
        self.needsFrames = needsFrames
        seen = 0
        exceptions.removeAll(keepingCapacity: true)
        frames = nil
        lastFrame = nil
        request = ScannedRequest()
        address = nil
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { throw Unsure() }
        var cursor = RawCursor(base, base + bytes.count)
        cursor.skipSpace()
        guard try cursor.enter(0x7B) else { return }
        repeat {
            let key = try cursor.key()
            if let member = try Self.member(named: key) {
                try read(member, &cursor)
            } else {
                _ = try cursor.value()
            }
        } while try cursor.continues(0x7B)
        cursor.skipSpace()
        guard cursor.place == cursor.end else { throw Unsure() }
    }

    @inline(__always)
    private mutating func read(_ member: Member, _ cursor: inout RawCursor) throws(Unsure) {
        let bit: UInt32 = 1 << UInt32(member.rawValue)
        guard seen & bit == 0 else { throw Unsure() }
        seen |= bit
        let start = cursor.place
        switch member {
        case .exception: try readExceptions(&cursor)
        case .request: try request.read(&cursor)
        case .user: try readUser(&cursor)
        default:
            arena.values[member.rawValue] = try cursor.value()
            return
        }
        arena.values[member.rawValue] = RawValue(start: start, end: cursor.place, isPlain: false)
    }

    @inline(__always)
    private static func member(named key: Text) throws(Unsure) -> Member? {
        switch key.count {
        case 3:
            if ASCIIText.equals(key, "sdk") { return .sdk }
            // Reports are made of more than their own members.
            if ASCIIText.equals(key, "csp") { throw Unsure() }
        case 4:
            if ASCIIText.equals(key, "type") { return .type }
            if ASCIIText.equals(key, "user") { return .user }
            if ASCIIText.equals(key, "tags") { return .tags }
            if ASCIIText.equals(key, "dist") { return .dist }
        case 5: if ASCIIText.equals(key, "level") { return .level }
        case 6: if ASCIIText.equals(key, "logger") { return .logger }
        case 7:
            if ASCIIText.equals(key, "request") { return .request }
            if ASCIIText.equals(key, "release") { return .release }
            if ASCIIText.equals(key, "message") { return .message }
        case 8:
            if ASCIIText.equals(key, "platform") { return .platform }
            if ASCIIText.equals(key, "logentry") { return .logEntry }
        case 9: if ASCIIText.equals(key, "exception") { return .exception }
        case 10: if ASCIIText.equals(key, "stacktrace") { return .stacktrace }
        case 11:
            if ASCIIText.equals(key, "transaction") { return .transaction }
            if ASCIIText.equals(key, "environment") { return .environment }
        case 16: if ASCIIText.equals(key, "transaction_info") { return .transactionInfo }
        case 21...28:
            if ASCIIText.starts(key, with: "sentry.interfaces.") { return try oldName(key) }
        default: break
        }
        return nil
    }

    private static func oldName(_ key: Text) throws(Unsure) -> Member? {
        if ASCIIText.equals(key, "sentry.interfaces.Message") { return .oldMessage }
        if ASCIIText.equals(key, "sentry.interfaces.Exception") { return .exception }
        if ASCIIText.equals(key, "sentry.interfaces.Http") { return .request }
        if ASCIIText.equals(key, "sentry.interfaces.User") { return .user }
        if ASCIIText.equals(key, "sentry.interfaces.Stacktrace") { return .stacktrace }
        if ASCIIText.equals(key, "sentry.interfaces.Csp") { throw Unsure() }
        return nil
    }

    // MARK: Exceptions

    private mutating func readExceptions(_ cursor: inout RawCursor) throws(Unsure) {
        if cursor.isAt(0x5B) { return try readExceptionList(&cursor) }
        guard cursor.isAt(0x7B) else {
            guard try cursor.value().isNull else { throw Unsure() }
            return
        }
        let start = cursor
        guard try cursor.enter(0x7B) else { return }
        var hasValues = false
        repeat {
            let key = try cursor.key()
            guard ASCIIText.equals(key, "values") else {
                _ = try cursor.value()
                continue
            }
            guard !hasValues else { throw Unsure() }
            hasValues = true
            guard cursor.isAt(0x5B) else { throw Unsure() }
            try readExceptionList(&cursor)
        } while try cursor.continues(0x7B)
        if hasValues { return }
        // A lone exception without a list around it.
        cursor = start
        try readException(&cursor)
    }

    private mutating func readExceptionList(_ cursor: inout RawCursor) throws(Unsure) {
        guard try cursor.enter(0x5B) else { return }
        repeat {
            guard cursor.isAt(0x7B), exceptions.count < Self.exceptionsMax else { throw Unsure() }
            try readException(&cursor)
        } while try cursor.continues(0x5B)
    }

    private mutating func readException(_ cursor: inout RawCursor) throws(Unsure) {
        var exception = Exception()
        let isFirst = exceptions.isEmpty
        if try cursor.enter(0x7B) {
            repeat {
                let key = try cursor.key()
                if ASCIIText.equals(key, "type") {
                    guard exception.type == nil else { throw Unsure() }
                    exception.type = try cursor.value()
                } else if ASCIIText.equals(key, "value") {
                    guard exception.value == nil else { throw Unsure() }
                    exception.value = try cursor.value()
                } else if needsFrames, isFirst, Self.isStacktrace(key) {
                    guard !exception.hasStacktrace else { throw Unsure() }
                    exception.hasStacktrace = true
                    try readStacktrace(&cursor)
                } else {
                    _ = try cursor.value()
                }
            } while try cursor.continues(0x7B)
        }
        exceptions.append(exception)
    }

    @inline(__always)
    private static func isStacktrace(_ key: Text) -> Bool {
        ASCIIText.equals(key, "stacktrace")
            || ASCIIText.equals(key, "sentry.interfaces.Stacktrace")
    }

    private mutating func readStacktrace(_ cursor: inout RawCursor) throws(Unsure) {
        // An exception without one may get the event's.
        guard cursor.isAt(0x7B) else { throw Unsure() }
        guard try cursor.enter(0x7B) else { return }
        var hasFrames = false
        repeat {
            let key = try cursor.key()
            guard ASCIIText.equals(key, "frames") else {
                _ = try cursor.value()
                continue
            }
            guard !hasFrames else { throw Unsure() }
            hasFrames = true
            guard cursor.isAt(0x5B) else {
                guard try cursor.value().isNull else { throw Unsure() }
                continue
            }
            (frames, lastFrame) = try cursor.array()
        } while try cursor.continues(0x7B)
    }

    // MARK: User

    private mutating func readUser(_ cursor: inout RawCursor) throws(Unsure) {
        guard let value = try cursor.member("ip_address") else { return }
        guard address == nil else { throw Unsure() }
        address = value
    }
}
