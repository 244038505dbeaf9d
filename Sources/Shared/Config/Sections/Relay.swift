/// How a relay gets its project states and what it does with events.
public enum RelayMode: String, Hashable, Sendable, CaseIterable {
    /// Registers with upstream and fetches states from there.
    case managed
    /// Only projects with a local file.
    case `static`
    /// Every project is allowed; nothing is fetched.
    case proxy
    /// As proxy, but events are kept and served under `/api/relay/events/` instead of sent.
    case capture
}

extension RelayConfig {
    /// Section `relay`.
    public struct Relay: Hashable, Sendable {
        public var mode = RelayMode.managed
        /// Name of this installation in logs and metrics.
        public var instance = "default"
        /// Where events and questions go.
        public var upstream = UpstreamURL.sentry
        /// Address relays below us are told to use.
        public var advertisedUpstream: UpstreamURL?
        /// Address of the HTTP listener: an IP address or a name.
        public var host = "127.0.0.1"
        public var port: UInt16 = 3000
        /// Separate listener for health checks; nil serves them on the main one.
        public var internalHost: String?
        public var internalPort: UInt16?
        /// Uses the project id of the state instead of the one in the path.
        public var isProjectIDOverridden = false
        /// Where relay-ingest and relay-projects keep what must survive a restart. Nil: the
        /// `STATE_DIRECTORY` of systemd, else `state` in the configuration folder.
        public var stateDirectory: String?

        public init() {}
    }
}
