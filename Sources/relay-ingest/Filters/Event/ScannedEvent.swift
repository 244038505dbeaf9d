import CByteScan

/// An event of which only the fields that filters need were looked at, in one pass over its JSON.
///
/// It knows events in their usual form. Whatever is not certain without normalising (old and new
/// name of a field together, values of unusual types …) makes it unsure, and the event is read in
/// full then. So it may be unsure too often, but never wrong.
final class ScannedEvent: EventView {
    private struct State {
        // What is known of the event's state.
        var isTransaction = false
        var isLocal = false
        var hasInferredAddress = false
        var userAgent: String?
        /// The first exception; nil if nobody has asked for it.
        var firstException: ExceptionText??
    }

    let arena: TextArena
    let part: EventPart
    let outline = EventOutline()
    private let frame = EventOutline()
    private let eventPlan = EventPlan.event
    private let framePlan = EventPlan.frame
    /// Kept behind a pointer, where access needs no checks.
    private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)

    init(arena: TextArena) {
        self.arena = arena
        part = EventPart(arena: arena)
        state.initialize(to: State())
    }

    deinit {
        outline.deallocate()
        frame.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Whether the event came as a transaction item.
    var isTransactionItem: Bool { state.pointee.isTransaction }
    /// Whether the client is on the same machine.
    var isLocalSender: Bool { state.pointee.isLocal }
    /// Whether the sender's address may become the user's.
    var hasInferredAddress: Bool { state.pointee.hasInferredAddress }
    /// The user agent of the request.
    var senderUserAgent: String? { state.pointee.userAgent }

    /// Reads an event; the bytes must stay as long as the event is asked.
    func scan(_ bytes: Text, from request: FilterRequest) throws(Unsure) {
        guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { throw Unsure() }
        try outline.read(start, start + bytes.count, eventPlan)
        state.pointee.isTransaction = request.isTransaction
        state.pointee.isLocal = request.isLocal
        state.pointee.hasInferredAddress = request.inferredAddress != nil
        state.pointee.userAgent = has(.policyReport) ? request.userAgent : nil
        state.pointee.firstException = .none
    }

    @inline(__always)
    func has(_ slot: EventOutline.Slot) -> Bool { outline.has(slot) }

    @inline(__always)
    func member(_ slot: EventOutline.Slot) -> RawValue? { outline.member(slot) }

    // MARK: Exceptions

    func exceptionCount() -> Int {
        guard let raw = member(.exception), raw.isObject, !has(.exceptionValues) else {
            return outline.rowCount
        }
        return raw.isEmptyObject ? 0 : 1
    }

    func exception(_ index: Int) throws(Unsure) -> ExceptionText? {
        if index > 0 { return try readException(index) }
        if let known = state.pointee.firstException { return known }
        let exception = try readException(0)
        state.pointee.firstException = .some(exception)
        return exception
    }

    private func readException(_ index: Int) throws(Unsure) -> ExceptionText? {
        let isListed = index < outline.rowCount
        let raw =
            isListed ? outline.row(index) : (type: member(.loneType), value: member(.loneValue))
        let type = raw.type?.isString == true ? try string(raw.type) : nil
        let value = try string(raw.value)
        if let type, !type.isEmpty {
            return ExceptionText(type: arena.cut(type, 256, 20), value: cutMessage(value))
        }
        guard let value, !value.isEmpty else { return nil }
        // A first word with a colon becomes the type.
        if value.contains(0x3A) { throw Unsure() }
        return ExceptionText(type: type, value: cutMessage(value))
    }

    // MARK: Frames

    func firstExceptionSource() throws(Unsure) -> Text? {
        guard let frames = try usedFrames(), frames.isArray else { return nil }
        let start = frames.start + 1
        var place = frames.end - 1
        while true {
            Self.stepBack(over: start, &place)
            // What does not end like an object is none, and has no path.
            guard place > start, place[-1] == 0x7D else { return nil }
            guard let begin = byte_scan_object_start(start, place) else { throw Unsure() }
            try frame.read(begin, place, framePlan)
            guard let path = try framePath() else { return nil }
            if !FramePath.isAnonymous(path) { return path }
            place = begin
            Self.stepBack(over: start, &place)
            guard place > start else { return nil }
            guard place[-1] == 0x2C else { throw Unsure() }
            place -= 1
        }
    }

    /// The frames that count for the first exception.
    private func usedFrames() throws(Unsure) -> RawValue? {
        let isLone = member(.exception)?.isObject == true && !has(.exceptionValues)
        // A lone exception gets the event's stack trace.
        if isLone || outline.elementCount == 1, member(.eventStacktrace)?.isObject == true {
            return member(.eventFrames)
        }
        return member(.frames)
    }

    /// Moves to behind the character before `place` that is no space.
    @inline(__always)
    private static func stepBack(
        over start: UnsafePointer<UInt8>, _ place: inout UnsafePointer<UInt8>
    ) {
        while place > start, place[-1] <= 0x20 { place -= 1 }
    }

    private func framePath() throws(Unsure) -> Text? {
        if let path = frame.member(.absolutePath), path.isString {
            let text = try string(path)
            if text?.isEmpty == false { return text }
        }
        guard let name = frame.member(.fileName), name.isString else { return nil }
        return try string(name)
    }
}
