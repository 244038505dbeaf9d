/// Why a project state could not be read.
public struct ProjectStateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A phrase without any of the text that was read.
    public let description: String
}

/// The part of a project's state that decisions here need. The whole state travels as bytes to the
/// processors, who read filters and scrubbing rules from it.
///
/// Every field has a default, so `{"disabled":true}` is a state. Source of the rules: the original's
/// `ProjectState`, both in its 2019 form (`isEnabled` of keys) and in today's.
public struct ProjectState: Hashable, Sendable {
    /// One client key of the project.
    public struct PublicKey: Hashable, Sendable {
        public var key: ProjectKey
        public var isEnabled: Bool
        /// Sentry's own number of the key, for scoping.
        public var numericID: UInt64?

        /// A key from its parts.
        public init(key: ProjectKey, isEnabled: Bool = true, numericID: UInt64? = nil) {
            self.key = key
            self.isEnabled = isEnabled
            self.numericID = numericID
        }
    }

    public var projectID: ProjectID?
    public var organizationID: UInt64?
    public var slug: String?
    public var isDisabled = false
    public var publicKeys: [PublicKey] = []
    /// `config.allowedDomains`; `["*"]` when not stated.
    public var allowedDomains: [OriginPattern] = [OriginPattern("*")]
    /// `config.trustedRelays`: public keys (base64url) of relays that may see the state.
    public var trustedRelays: [String] = []
    public var lastChange: WallTime?
    /// Every key is accepted (proxy and capture mode, where nobody knows the keys).
    public var isEveryKeyAccepted = false

    /// Public keys of one project at most; more make the state invalid.
    public static let publicKeysMax = 10_000
    /// Allowed domains and trusted relays at most.
    public static let listEntriesMax = 10_000

    /// A state with all defaults.
    public init() {}

    /// The state of every project where nothing is known of projects (proxy mode).
    public static let everythingAllowed: ProjectState = {
        var state = ProjectState()
        state.isEveryKeyAccepted = true
        return state
    }()

    /// Reads a state. Unknown fields are ignored; a field of a wrong type makes the state invalid.
    public init(json: ArraySlice<UInt8>) throws(ProjectStateError) {
        do throws(JSONTextError) {
            self = try json.withUnsafeBufferPointer { bytes throws(JSONTextError) in
                try Self.read(bytes)
            }
        } catch {
            throw ProjectStateError(description: error.description)
        }
    }

    /// Reads a state that owns all of an array.
    public init(json: [UInt8]) throws(ProjectStateError) {
        try self.init(json: json[...])
    }
}

extension ProjectState {
    private static func read(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(JSONTextError) -> ProjectState {
        var text = JSONText(bytes)
        var state = ProjectState()
        try text.enterObject()
        var isFirst = true
        while let key = try text.nextKey(isFirst: &isFirst) {
            if try text.null() { continue }
            try state.readField(key, &text)
        }
        guard text.peek() == nil else { throw .malformed(offset: text.position) }
        return state
    }

    private mutating func readField(
        _ key: String, _ text: inout JSONText
    ) throws(JSONTextError) {
        switch key {
        case "projectId": projectID = ProjectID(rawValue: try text.identifier(field: key))
        case "organizationId": organizationID = try text.identifier(field: key)
        case "slug": slug = try text.string()
        case "disabled": isDisabled = try text.bool()
        case "lastChange": lastChange = WallTime(rfc3339: try text.string())
        case "publicKeys":
            try text.enterArray()
            var isFirst = true
            while try text.nextElement(isFirst: &isFirst) {
                guard publicKeys.count < Self.publicKeysMax else {
                    throw .invalidValue(field: key)
                }
                publicKeys.append(try Self.readKey(&text))
            }
        case "config": try readConfiguration(&text)
        default: _ = try text.raw()
        }
    }

    private static func readKey(_ text: inout JSONText) throws(JSONTextError) -> PublicKey {
        var projectKey: ProjectKey?
        var isEnabled = true
        var numericID: UInt64?
        try text.enterObject()
        var isFirst = true
        while let key = try text.nextKey(isFirst: &isFirst) {
            if try text.null() { continue }
            switch key {
            case "publicKey": projectKey = ProjectKey(try text.string())
            case "isEnabled": isEnabled = try text.bool()
            case "numericId": numericID = try text.identifier(field: key)
            default: _ = try text.raw()
            }
        }
        guard let projectKey else { throw .invalidValue(field: "publicKey") }
        return PublicKey(key: projectKey, isEnabled: isEnabled, numericID: numericID)
    }

    private mutating func readConfiguration(
        _ text: inout JSONText
    ) throws(JSONTextError) {
        try text.enterObject()
        var isFirst = true
        while let key = try text.nextKey(isFirst: &isFirst) {
            if try text.null() { continue }
            switch key {
            case "allowedDomains":
                allowedDomains = try text.strings(max: Self.listEntriesMax, field: key)
                    .map { OriginPattern($0) }
            case "trustedRelays":
                trustedRelays = try text.strings(max: Self.listEntriesMax, field: key)
            default: _ = try text.raw()
            }
        }
    }
}

extension ProjectState {
    /// The verdict of this state upon an envelope; limits are not its business.
    ///
    /// - Parameters:
    ///   - key: the key the request uses.
    ///   - statedProjectID: the project its path or DSN states, if any.
    ///   - origin: its `Origin` or `Referer`; a request without one passes.
    /// - Returns: nil to accept, else why not. A disabled project and a project id that is not this
    ///   one's are `projectID`, an origin that is not allowed `cors`, a key that is unknown or
    ///   disabled `authClient`.
    public func discardReason(
        for key: ProjectKey, statedProjectID: ProjectID?, origin: String?
    ) -> DiscardReason? {
        if isDisabled { return .projectID }
        if let projectID, let statedProjectID, projectID != statedProjectID { return .projectID }
        if let origin, !OriginPattern.anyMatches(allowedDomains, url: origin) { return .cors }
        if isEveryKeyAccepted { return nil }
        guard publicKeys.contains(where: { $0.key == key && $0.isEnabled }) else {
            return .authClient
        }
        return nil
    }

    /// The verdict of this state as an event action, limits first as the design has it: a limit in
    /// force that covers every category refuses for now, else the state decides.
    public func eventAction(
        for key: ProjectKey, statedProjectID: ProjectID?, origin: String?,
        limits: RateLimitTable, now: MonotonicTime
    ) -> EventAction {
        let covering = limits.activeForAllCategories(now: now)
        if !covering.isEmpty { return .retryAfter(covering) }
        if let reason = discardReason(
            for: key, statedProjectID: statedProjectID, origin: origin)
        {
            return .discard(reason)
        }
        return .accept
    }

    /// Sentry's number of a key, if known.
    public func numericID(of key: ProjectKey) -> UInt64? {
        publicKeys.first { $0.key == key }?.numericID
    }
}

extension JSONText {
    /// A number that older producers write as a string.
    mutating func identifier(field: String) throws(JSONTextError) -> UInt64 {
        guard try peekKind() == .string else { return try unsignedInteger(field: field) }
        guard let number = UInt64(try string()) else { throw .invalidValue(field: field) }
        return number
    }

    /// An array of strings.
    mutating func strings(max: Int, field: String) throws(JSONTextError) -> [String] {
        var list: [String] = []
        try enterArray()
        var isFirst = true
        while try nextElement(isFirst: &isFirst) {
            guard list.count < max else { throw .invalidValue(field: field) }
            list.append(try string())
        }
        return list
    }
}
