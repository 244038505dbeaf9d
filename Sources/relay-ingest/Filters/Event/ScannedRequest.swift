/// What is looked at of the request that an event tells of.
struct ScannedRequest {
    var url: RawValue?
    var method: RawValue?
    var headers: RawValue?
    /// `env.REMOTE_ADDR`.
    var remoteAddress: RawValue?

    mutating func read(_ cursor: inout RawCursor) throws(Unsure) {
        guard try cursor.enterObject() else { return }
        repeat {
            let key = try cursor.key()
            switch key.count {
            case 3 where ASCIIText.equals(key, "url"): url = try once(url, &cursor)
            case 3 where ASCIIText.equals(key, "env"): try readEnvironment(&cursor)
            case 6 where ASCIIText.equals(key, "method"): method = try once(method, &cursor)
            case 7 where ASCIIText.equals(key, "headers"): headers = try once(headers, &cursor)
            default: _ = try cursor.value()
            }
        } while try cursor.continues(0x7B)
    }

    @inline(__always)
    private func once(
        _ known: RawValue?, _ cursor: inout RawCursor
    ) throws(Unsure) -> RawValue {
        guard known == nil else { throw Unsure() }
        return try cursor.value()
    }

    private mutating func readEnvironment(_ cursor: inout RawCursor) throws(Unsure) {
        guard let value = try cursor.member("REMOTE_ADDR") else { return }
        guard remoteAddress == nil else { throw Unsure() }
        remoteAddress = value
    }

    /// Calls `found` with each header; in the order of the event, which is that of normalising for
    /// lists only.
    func forEachHeader(
        _ found: (_ name: Text, _ value: RawValue) throws(Unsure) -> Void
    ) throws(Unsure) {
        guard let headers, !headers.isNull else { return }
        var cursor = RawCursor(headers)
        if headers.isObject {
            guard try cursor.enter(0x7B) else { return }
            repeat {
                let key = try cursor.key()
                try found(key, try cursor.value())
            } while try cursor.continues(0x7B)
            return
        }
        guard headers.isArray else { throw Unsure() }
        guard try cursor.enter(0x5B) else { return }
        repeat {
            guard try cursor.enter(0x5B) else { throw Unsure() }
            let name = try cursor.value()
            guard name.isString, name.isPlain, try cursor.continues(0x5B) else { throw Unsure() }
            try found(name.inner, try cursor.value())
            guard try !cursor.continues(0x5B) else { throw Unsure() }
        } while try cursor.continues(0x5B)
    }
}
