import CByteScan

/// The places of the fields of an event that filters look at, found in one pass over its JSON.
struct EventOutline {
    /// A field, or an object or list that has some.
    enum Slot: Int {
        case type, release, transaction, transactionInfo, transactionSource, startTimestamp
        case logEntry, oldMessage, message, messageFormatted, messageText, messageParameters
        case exception, exceptionValues, loneType, loneValue, stacktrace, frames
        case eventStacktrace, eventFrames
        case request, url, headers, environmentVariables, remoteAddress
        case userAgent, host, forwardedFor, forwardedHost
        case user, userAddress, platform, level, environment, tags
        case policyReport, blockedURI, sourceFile
        case absolutePath, fileName
    }

    /// Chained exceptions at most; longer ones are read in full.
    private static let exceptionsMax = 256

    /// Owned by whoever made the outline.
    private let pointer: UnsafeMutablePointer<byte_scan_outline>
    private let slots: UnsafePointer<byte_scan_value>

    init() {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: byte_scan_outline())
        pointer.pointee.rows = .allocate(capacity: Self.exceptionsMax)
        pointer.pointee.rows_max = Self.exceptionsMax
        let offset = MemoryLayout<byte_scan_outline>.offset(of: \.slots) ?? 0
        slots = UnsafePointer(
            (UnsafeMutableRawPointer(pointer) + offset)
                .assumingMemoryBound(to: byte_scan_value.self))
    }

    func deallocate() {
        pointer.pointee.rows.deallocate()
        pointer.deallocate()
    }

    /// Finds what a plan names in an object.
    @inline(__always)
    func read(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ plan: OpaquePointer?
    ) throws(Unsure) {
        guard let plan, byte_scan_outline_read(start, end, plan, pointer) != 0 else {
            throw Unsure()
        }
    }

    /// Whether there is such a member, be it null.
    @inline(__always)
    func has(_ slot: Slot) -> Bool { pointer.pointee.found & 1 << UInt64(slot.rawValue) != 0 }

    /// The member, nil if there is none or it is null.
    @inline(__always)
    func member(_ slot: Slot) -> RawValue? {
        guard has(slot), let value = RawValue(slots[slot.rawValue]), !value.isNull else {
            return nil
        }
        return value
    }

    /// Exceptions in the list of them, without nulls.
    @inline(__always)
    var rowCount: Int { pointer.pointee.row_count }
    /// Exceptions in the list of them, with nulls.
    @inline(__always)
    var elementCount: Int { pointer.pointee.element_count }

    /// Type and value of an exception of the list.
    @inline(__always)
    func row(_ index: Int) -> (type: RawValue?, value: RawValue?) {
        let row = pointer.pointee.rows[index]
        return (RawValue(row.0), RawValue(row.1))
    }
}

/// What is looked for.
enum EventPlan {
    typealias Slot = EventOutline.Slot

    // Plans are made once and never changed or freed.
    nonisolated(unsafe) static let event: OpaquePointer? = makeEvent()
    nonisolated(unsafe) static let frame = make([
        member("abs_path", .absolutePath), member("filename", .fileName),
    ])

    private static func makeEvent() -> OpaquePointer? {
        let (firstException, lone) = exceptionPlans()
        let exceptions = make([
            row("type", 0), row("value", 1),
        ])
        let info = make([member("source", .transactionSource)])
        let message = make([
            member("formatted", .messageFormatted), member("message", .messageText),
            member("params", .messageParameters),
        ])
        let frames = make([member("frames", .eventFrames)])
        let user = make([member("ip_address", .userAddress)])
        let report = make([
            member("blocked_uri", .blockedURI), member("source_file", .sourceFile),
        ])
        let request = requestPlan()
        guard let firstException, let lone, let exceptions, let info, let message, let frames,
            let user, let report, let request
        else { return nil }
        let exception = { (name: StaticString) in
            var member = member(name, .exception, members: lone)
            member.first_row = firstException
            member.next_rows = exceptions
            return member
        }
        return make([
            member("type", .type), member("release", .release),
            member("transaction", .transaction), member("start_timestamp", .startTimestamp),
            member("transaction_info", .transactionInfo, members: info),
            member("logentry", .logEntry, members: message),
            member("sentry.interfaces.Message", .oldMessage, members: message),
            member("message", .message, members: message),
            exception("exception"), exception("sentry.interfaces.Exception"),
            member("stacktrace", .eventStacktrace, members: frames),
            member("sentry.interfaces.Stacktrace", .eventStacktrace, members: frames),
            member("request", .request, members: request),
            member("sentry.interfaces.Http", .request, members: request),
            member("user", .user, members: user),
            member("sentry.interfaces.User", .user, members: user),
            member("csp", .policyReport, members: report),
            member("sentry.interfaces.Csp", .policyReport, members: report),
            member("platform", .platform), member("level", .level),
            member("environment", .environment), member("tags", .tags),
        ])
    }

    /// The plans for the first exception of a list and for an object in place of the list.
    private static func exceptionPlans() -> (first: OpaquePointer?, lone: OpaquePointer?) {
        guard let frames = make([member("frames", .frames)]) else { return (nil, nil) }
        let stacktraces = [
            member("stacktrace", .stacktrace, members: frames),
            member("sentry.interfaces.Stacktrace", .stacktrace, members: frames),
        ]
        let first = make([row("type", 0), row("value", 1)] + stacktraces)
        var values = member("values", .exceptionValues)
        values.first_row = first
        values.next_rows = make([row("type", 0), row("value", 1)])
        guard values.next_rows != nil else { return (nil, nil) }
        let lone = make(
            [member("type", .loneType), member("value", .loneValue), values] + stacktraces)
        return (first, lone)
    }

    private static func requestPlan() -> OpaquePointer? {
        let names = make([
            member("user-agent", .userAgent), member("host", .host),
            member("x-forwarded-for", .forwardedFor), member("x-forwarded-host", .forwardedHost),
        ])
        guard let names, let variables = make([member("REMOTE_ADDR", .remoteAddress)]) else {
            return nil
        }
        var headers = member("headers", .headers)
        headers.pairs = names
        return make([
            member("url", .url), headers,
            member("env", .environmentVariables, members: variables),
        ])
    }

    private static func make(_ members: [byte_scan_member]) -> OpaquePointer? {
        byte_scan_plan_make(members, members.count)
    }

    private static func member(
        _ name: StaticString, _ slot: Slot, members: OpaquePointer? = nil
    ) -> byte_scan_member {
        var member = byte_scan_member()
        member.name = name.utf8Start
        member.length = name.utf8CodeUnitCount
        member.slot = UInt32(truncatingIfNeeded: slot.rawValue)
        member.members = members
        return member
    }

    /// A value of each exception of a list.
    private static func row(_ name: StaticString, _ slot: UInt32) -> byte_scan_member {
        var member = member(name, .type)
        member.slot = UInt32(truncatingIfNeeded: BYTE_SCAN_SLOTS) + slot
        return member
    }
}
