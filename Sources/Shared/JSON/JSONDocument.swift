/// One parsed JSON text as an arena of records that can be edited and written again.
///
/// The tree of `{"level":"error","tags":[1,true]}` after `parse`:
///
///     text   level│error│tags│1,true]}…  ┌ zero padding ┐ ┌ text added by edits …
///            ▲     ▲     ▲    ▲          the input, copied once; strings and numbers are slices
///            │     │     │    │          of it, escapes are resolved in place
///     nodes  │     │     │    │
///     index  kind    key      next  first  last   count   key id
///       0    missing                                              stands for "no node"
///       1    object           0     2      3      2               the root
///       2    string  "level"  3     └ text offset, length         7 (if "level" is name 7)
///       3    array   "tags"   0     4      5      2               0 (not a known name)
///       4    number           5     └ text offset, length
///       5    bool             0                                   flag isTrue
///
///                1 object
///                │ first
///                ▼         next
///                2 "level" ────▶ 3 "tags"
///                                │ first
///                                ▼      next
///                                4 1 ────────▶ 5 true
///
/// * A record has 32 bytes of plain integers: `kind`, `flags`, `key` (id of a known name), `next`,
///   `first`, `last`, `keyOffset`, `keyLength`, `annotation`, `count`. Strings and numbers keep the
///   offset and length of their text in `first` and `last`. Children are a singly linked list, so
///   inserting and removing are a few stores. `annotation` belongs to the user of the document.
/// * Records and text lie in address space that is reserved when the document is made
///   (`JSONLimits`) and never move: handles, and the byte slices that accessors return, stay valid
///   until the next `parse` or `reset`. Only touched pages cost memory; what a large event touched
///   is given back by the next `parse`.
/// * Numbers are never converted by reading and writing; `int64(of:)` and its relatives convert on
///   demand. Duplicate keys are kept; `find` answers the last one, as most readers do.
/// * Text slices are immutable: an edit writes new text behind the old one (or narrows the slice),
///   so a copied node may share the text of its original.
///
/// Edits never fail one by one. When the node or text limit is reached, the edit has no effect
/// (or leaves null, where leaving the old value would be wrong), `exhausted` says so, and
/// `JSONWriter` refuses to write the document.
///
/// The names known to `keys` lie at the start of the text, so that giving a node a known key costs
/// no copy. Files: +Parse (reading), +Access and +Find (questions), +Edit and +Tree (changes).
public final class JSONDocument {
    /// The bounds the document was made with.
    public let limits: JSONLimits
    /// The known field names.
    public let keys: JSONKeyTable

    @usableFromInline let nodes: UnsafeMutablePointer<JSONNodeRecord>
    @usableFromInline let text: UnsafeMutablePointer<UInt8>
    let nodeMemory: ReservedMemory
    let textMemory: ReservedMemory

    // Behind a pointer, so that access needs no run-time exclusivity check.
    @usableFromInline let state: UnsafeMutablePointer<JSONArenaState>
    /// Records that exist, for parsing and editing together.
    let nodeEnd: UInt32
    /// Offset behind the last usable byte of text.
    let textEnd: Int
    /// Where inputs may lie: behind the names of the key table.
    let inputStart: Int

    /// The limit that an edit ran into, nil = none. Stays until the next parse or reset.
    public var exhausted: JSONError.Kind? { state.pointee.exhausted }

    /// Zero bytes behind an input: the scanners read ahead.
    static let paddingBytes = 64
    /// Memory kept from event to event.
    static let keptNodes = 1 << 16
    static let keptTextBytes = 1 << 20

    /// A document that resolves keys through `keys`. Make one per thread and use it again.
    public init(limits: JSONLimits = .event, keys: JSONKeyTable = .empty) {
        let padding = Self.paddingBytes
        let nodeTotal = limits.nodesMax + limits.editNodesMax + 1
        let textTotal =
            keys.text.count + padding + limits.inputBytesMax + padding + limits.editTextBytesMax
            + padding
        let nodeMemory = ReservedMemory(
            byteCount: nodeTotal * MemoryLayout<JSONNodeRecord>.stride)
        let textMemory = ReservedMemory(byteCount: textTotal)
        let usable = nodeMemory.byteCount > 0 && textMemory.byteCount > 0

        self.limits = limits
        self.keys = keys
        nodes = nodeMemory.base.bindMemory(
            to: JSONNodeRecord.self, capacity: usable ? nodeTotal : 1)
        text = textMemory.base.bindMemory(to: UInt8.self, capacity: usable ? textTotal : 1)
        nodeEnd = usable ? UInt32(truncatingIfNeeded: nodeTotal) : 1
        let start = (keys.text.count + padding - 1) / padding * padding
        inputStart = usable ? start : 0
        textEnd = usable ? textTotal - padding : 0
        state = .allocate(capacity: 1)
        state.initialize(to: JSONArenaState(textCount: inputStart))
        self.nodeMemory = nodeMemory
        self.textMemory = textMemory
        nodes[0] = JSONNodeRecord(kind: .missing)
        if usable {
            for (offset, byte) in keys.text.enumerated() { text[offset] = byte }
        }
    }

    deinit {
        state.deallocate()
    }

    /// Forgets the tree; all handles and slices become invalid.
    public func reset() {
        giveBackMemory()
        state.pointee.nodeCount = 1
        state.pointee.textCount = inputStart
        state.pointee.inputCount = 0
        state.pointee.preparedByteCount = 0
        state.pointee.exhausted = nil
    }

    /// Returns to the system what an unusually large event has touched.
    private func giveBackMemory() {
        let nodesTouched = Int(max(state.pointee.nodesTouched, state.pointee.nodeCount))
        if nodesTouched > Self.keptNodes {
            let stride = MemoryLayout<JSONNodeRecord>.stride
            nodeMemory.release(from: Self.keptNodes * stride, to: nodesTouched * stride)
        }
        let textKept = inputStart + Self.keptTextBytes
        let textTouched = max(state.pointee.textTouched, state.pointee.textCount)
        if textTouched > textKept {
            textMemory.release(from: textKept, to: textTouched + Self.paddingBytes)
        }
        state.pointee.nodesTouched = 0
        state.pointee.textTouched = 0
    }

    /// Nodes in use.
    public var nodesUsed: Int { Int(state.pointee.nodeCount) - 1 }
    /// Bytes of text in use, input and edits together.
    public var textBytesUsed: Int { state.pointee.textCount - inputStart }

    /// Notes the first limit that an edit ran into.
    func exhaust(_ limit: JSONError.Kind) {
        if state.pointee.exhausted == nil { state.pointee.exhausted = limit }
    }
}

/// What changes from parse to parse and edit to edit.
@usableFromInline
struct JSONArenaState {
    /// First free record.
    @usableFromInline var nodeCount: UInt32 = 1
    /// First free byte of text.
    var textCount: Int
    /// Bytes of input that have been read since the last reset.
    var inputCount = 0
    /// Bytes that were asked for by `prepareInput` and are waiting for `parsePrepared`.
    var preparedByteCount = 0
    /// How far attempts that failed, or were only prepared, reached into the memory.
    var nodesTouched: UInt32 = 0
    var textTouched = 0
    var exhausted: JSONError.Kind?
}
