import JSON
import UserAgents

/// Processes events: reads them by the schema, normalises them, writes them with their `_meta`.
///
///     let root = try engine.parse(bytes)
///     try engine.normalize(root, context)
///     … scrub with engine.document, engine.meta …
///     try engine.write(root)
///     … engine.writer.bytes …
///
/// One engine per thread; its memory is used again from event to event. Nothing is read from the
/// clock or the environment.
public final class EventEngine {
    /// The arena of the current event.
    public let document: JSONDocument
    /// What was done to the current event's values.
    public let meta: EventMeta
    /// The output of `write`.
    public let writer: JSONWriter
    /// Rules for user agents; nil: no contexts are derived from them.
    public var userAgentRules: UserAgentRules?
    /// Rules that may still be on their way: the first event with a user agent waits for them.
    public var userAgentRulesLoader: UserAgentRulesLoader?
    /// Places of addresses; nil: users get no `geo`.
    public var geography: GeoDatabase?
    let schema: Schema
    private let scratch: JSONWriter
    private let lastSeen: UnsafeMutablePointer<(object: UInt32, child: UInt32)>

    /// An engine for events within the limits.
    public init(limits: JSONLimits = .event) {
        schema = Schema.event
        document = JSONDocument(limits: limits, keys: schema.keys)
        meta = EventMeta(document: document)
        writer = JSONWriter()
        scratch = JSONWriter()
        lastSeen = .allocate(capacity: schema.keys.names.count)
        lastSeen.initialize(repeating: (0, 0), count: schema.keys.names.count)
    }

    deinit {
        lastSeen.deallocate()
    }

    /// Reads one event: JSON, its `_meta`, and the schema.
    ///
    /// - Throws: what is wrong with the JSON. Wrong types are no error: they are recorded in
    ///   `meta`.
    public func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONNode {
        let root = try document.parse(bytes, options: .pythonConstants)
        readSchema(root)
        return root
    }

    /// Reads the schema of an event that was parsed into `document`.
    public func readSchema(_ root: JSONNode) {
        meta.reset()
        lastSeen.update(repeating: (0, 0), count: schema.keys.names.count)
        meta.read(from: root)
        let walk = SchemaWalk(
            document: document, meta: meta, schema: schema, writer: scratch, lastSeen: lastSeen)
        walk.read(root, as: schema.root)
    }

    /// Brings the event into its normal form.
    ///
    /// - Throws: why the event must not be stored.
    public func normalize(
        _ root: JSONNode, _ context: NormalizationContext
    ) throws(EventRejection) {
        guard document.kind(of: root) == .object else { return }
        let normalizer = Normalizer(
            event: root, document: document, meta: meta, schema: schema, writer: scratch,
            context: context, userAgentRules: userAgentRules,
            userAgentRulesLoader: userAgentRulesLoader, geography: geography)
        try normalizer.run()
    }

    /// Leaves out what is empty, adds `_meta`, writes the event to `writer`.
    public func write(_ root: JSONNode, pretty: Bool = false) throws(JSONError) {
        finish(root)
        writer.reset()
        try writer.write(
            root, from: document,
            options: pretty ? [.pretty, .normalizedNumbers] : .normalizedNumbers)
    }

    /// Leaves out what is empty and adds `_meta`, without writing.
    public func finish(_ root: JSONNode) {
        if document.kind(of: root) != .object {
            // What is no event at all leaves only its error.
            document.setEmptyObject(root)
        }
        // Positions in `_meta` count the list elements that are left out.
        let tree = meta.tree(of: root)
        OutputPruning(document: document, meta: meta, schema: schema).prune(root)
        if tree.exists { document.append(tree, to: root, key: Key.underscoreMeta) }
    }
}
