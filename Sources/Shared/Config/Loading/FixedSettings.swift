/// Settings that a running process keeps as they were when it started: changing them needs a
/// restart. All others count from the moment the configuration is read again.
public struct FixedSettings: Sendable {
    struct Entry: Sendable {
        let name: String
        /// Copies the setting from one configuration into another.
        let keep: @Sendable (RelayConfig, inout RelayConfig) -> Void
    }

    let entries: [Entry]

    /// The keys, dotted.
    public var names: [String] { entries.map(\.name) }

    private static func entry<Value>(_ name: String, _ field: Field<Value>) -> Entry {
        Entry(name: name) { old, new in new[keyPath: field] = old[keyPath: field] }
    }

    /// The front door: what belongs to its listener, and where its state is.
    public static let ingest = FixedSettings(entries: [
        entry("relay.host", \.relay.host),
        entry("relay.port", \.relay.port),
        entry("relay.internal_host", \.relay.internalHost),
        entry("relay.internal_port", \.relay.internalPort),
        entry("relay.state_directory", \.relay.stateDirectory),
        entry("limits.max_pending_connections", \.limits.maxPendingConnections),
        entry("spool.envelopes.path", \.spool.envelopes.path),
        entry("spool.envelopes.max_disk_size", \.spool.envelopes.maxDiskSize),
        entry("spool.envelopes.max_envelope_delay_secs", \.spool.envelopes.maxEnvelopeDelay),
    ])

    /// Project states: nothing; what depends on a setting is made anew.
    public static let projects = FixedSettings(entries: [])

    /// A processor: nothing.
    public static let processor = FixedSettings(entries: [])

    /// `relay run`: its listener, its children, and the times it gives them.
    public static let launcher = FixedSettings(entries: [
        entry("relay.host", \.relay.host),
        entry("relay.port", \.relay.port),
        entry("limits.max_pending_connections", \.limits.maxPendingConnections),
        entry("limits.max_thread_count", \.limits.maxThreadCount),
        entry("limits.shutdown_timeout", \.limits.shutdownTimeout),
    ])
}
