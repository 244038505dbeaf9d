import JSON

/// The side table of what was done to an event's values: Relay's `_meta`.
///
/// A node of the document refers to its record by its annotation (0 = nothing was done to it), so
/// the record follows the node wherever edits move it. All tables are reused from event to event:
/// in steady state nothing is allocated.
///
///     document node ── annotation ─▶ record ─▶ remarks   rule, type, byte range
///                                          ├─▶ errors    kind, data
///                                          ├─ original length
///                                          └─ original value (a detached node)
public final class EventMeta {
    /// What was done to a text or value.
    public enum RemarkType: UInt8, Sendable {
        case annotated = 0x61
        case removed = 0x78
        case substituted = 0x73
        case masked = 0x6D
        case pseudonymized = 0x70
        case encrypted = 0x65
    }

    /// One remark, `[rule, type, start, end]`.
    public struct Remark: Sendable {
        /// A string node with the rule's name.
        public var rule: JSONNode
        public var type: RemarkType
        /// Byte range in the text as it is now; nil if the whole value is meant.
        public var range: Range<Int>?
        /// Index of the value's next remark, 0 = none.
        var next: UInt32
    }

    struct Problem {
        /// A string node with the kind.
        var kind: JSONNode
        /// An object node, `.none` = no data.
        var data: JSONNode
        var next: UInt32
    }

    struct Record {
        var firstRemark: UInt32 = 0
        var lastRemark: UInt32 = 0
        var firstProblem: UInt32 = 0
        var lastProblem: UInt32 = 0
        /// 0 = unknown, else length + 1.
        var originalLength: UInt32 = 0
        var originalValue = JSONNode.none

        var isEmpty: Bool {
            firstRemark == 0 && firstProblem == 0 && originalLength == 0 && !originalValue.exists
        }
    }

    /// Records of one event at most; what would need more is done without a record.
    static let recordsMax = 1 << 20
    /// Bytes of JSON up to which an original value is kept.
    static let originalBytesMax = 500

    public let document: JSONDocument
    var records: [Record] = [Record()]
    var remarks: [Remark] = []
    var problems: [Problem] = []

    /// A table for the events parsed into `document`.
    public init(document: JSONDocument) {
        self.document = document
        remarks.append(Remark(rule: .none, type: .annotated, range: nil, next: 0))
        problems.append(Problem(kind: .none, data: .none, next: 0))
    }

    /// Forgets everything; to be called before each event.
    public func reset() {
        records.removeLast(records.count - 1)
        remarks.removeLast(remarks.count - 1)
        problems.removeLast(problems.count - 1)
    }

    /// Whether anything was recorded for any value.
    public var isEmpty: Bool { records.count == 1 }

    /// Whether an error was recorded for any value.
    var hasAnyErrors: Bool { problems.count > 1 }

    /// Whether nothing was recorded for the node.
    public func isEmpty(_ node: JSONNode) -> Bool {
        let index = document.annotation(of: node)
        return index == 0 || records[Int(index)].isEmpty
    }

    /// Whether errors were recorded for the node.
    public func hasErrors(_ node: JSONNode) -> Bool {
        records[recordIndex(node)].firstProblem != 0
    }

    // MARK: Remarks

    /// Adds a remark; `rule` is the name that appears in `_meta`.
    public func addRemark(
        _ node: JSONNode, rule: JSONNode, type: RemarkType, range: Range<Int>? = nil
    ) {
        guard let index = record(for: node), remarks.count < Self.recordsMax else { return }
        remarks.append(Remark(rule: rule, type: type, range: range, next: 0))
        let number = UInt32(remarks.count - 1)
        if records[index].lastRemark == 0 {
            records[index].firstRemark = number
        } else {
            remarks[Int(records[index].lastRemark)].next = number
        }
        records[index].lastRemark = number
    }

    /// Adds a remark.
    public func addRemark(
        _ node: JSONNode, rule: StaticString, type: RemarkType, range: Range<Int>? = nil
    ) {
        addRemark(
            node, rule: document.makeString(Self.bytes(rule)), type: type, range: range)
    }

    /// Calls `body` for each remark of the node in order.
    public func forEachRemark(_ node: JSONNode, _ body: (Remark) -> Void) {
        var number = records[recordIndex(node)].firstRemark
        while number != 0 {
            let remark = remarks[Int(number)]
            body(remark)
            number = remark.next
        }
    }

    /// Removes the node's remarks (to write them anew after its text changed).
    public func clearRemarks(_ node: JSONNode) {
        let index = recordIndex(node)
        guard index != 0 else { return }
        records[index].firstRemark = 0
        records[index].lastRemark = 0
    }

    // MARK: Errors

    /// Adds an error without data; repeated kinds count once.
    public func addError(_ node: JSONNode, _ kind: StaticString) {
        addError(node, kind: document.makeString(Self.bytes(kind)), data: .none)
    }

    /// Adds `invalid_data` with a reason and keeps the node's value as the original; the node
    /// becomes null.
    public func reject(_ node: JSONNode, reason: StaticString) {
        reject(node, reason: document.makeString(Self.bytes(reason)))
    }

    /// Adds `invalid_data` with the reason in a string node; the node becomes null.
    public func reject(_ node: JSONNode, reason: JSONNode) {
        let data = document.makeObject()
        document.append(reason, to: data, key: Key.reason)
        addError(node, kind: document.makeString(Self.bytes("invalid_data")), data: data)
        takeOriginal(node)
    }

    /// Adds an error unless the same is there; `data` is an object node or `.none`.
    public func addError(_ node: JSONNode, kind: JSONNode, data: JSONNode) {
        guard let index = record(for: node), problems.count < Self.recordsMax else { return }
        var known = records[index].firstProblem
        while known != 0 {
            let problem = problems[Int(known)]
            if isSame(problem.kind, kind), isSame(problem.data, data) { return }
            known = problem.next
        }
        problems.append(Problem(kind: kind, data: data, next: 0))
        let number = UInt32(problems.count - 1)
        if records[index].lastProblem == 0 {
            records[index].firstProblem = number
        } else {
            problems[Int(records[index].lastProblem)].next = number
        }
        records[index].lastProblem = number
    }

    /// Gives `target` the errors of `source` too.
    func addErrors(of source: JSONNode, to target: JSONNode) {
        var number = records[recordIndex(source)].firstProblem
        while number != 0 {
            let problem = problems[Int(number)]
            addError(target, kind: problem.kind, data: problem.data)
            number = problem.next
        }
    }

    private func isSame(_ left: JSONNode, _ right: JSONNode) -> Bool {
        let kind = document.kind(of: left)
        guard kind == document.kind(of: right) else { return false }
        switch kind {
        case .string, .number:
            return ByteText.compare(document.textBytes(of: left), document.textBytes(of: right))
                == 0
        case .bool: return document.bool(of: left) == document.bool(of: right)
        case .array, .object:
            guard document.childCount(of: left) == document.childCount(of: right) else {
                return false
            }
            return zip(document.children(of: left), document.children(of: right)).allSatisfy {
                (kind == .array || document.key(of: $0) == document.key(of: $1)) && isSame($0, $1)
            }
        case .null, .missing: return true
        }
    }

    // MARK: Originals

    /// Sets the length a text or list had before it was cut, unless it is known.
    public func setOriginalLength(_ node: JSONNode, _ length: Int) {
        guard let index = record(for: node), records[index].originalLength == 0 else { return }
        records[index].originalLength = UInt32(truncatingIfNeeded: length) &+ 1
    }

    /// Moves the node's value to its record as the original, unless it is large or one is known;
    /// the node becomes null.
    public func takeOriginal(_ node: JSONNode) {
        document.sortTreeByKey(node)
        takeOriginal(node, isSmall: isSmall(node))
    }

    /// Whether a value is small enough to be kept as an original.
    func isSmall(_ node: JSONNode) -> Bool {
        document.serializedByteCount(of: node, escaped: false) < Self.originalBytesMax
    }

    func takeOriginal(_ node: JSONNode, isSmall: Bool) {
        guard let index = record(for: node) else { return document.setNull(node) }
        guard isSmall, !records[index].originalValue.exists, document.kind(of: node) != .null
        else { return document.setNull(node) }
        let original = document.makeNull()
        document.moveValue(to: original, from: node)
        records[index].originalValue = original
    }

    /// Sets the original value to a detached node, unless it is large or one is known.
    public func setOriginal(_ node: JSONNode, _ original: JSONNode) {
        guard let index = record(for: node), !records[index].originalValue.exists,
            isSmall(original)
        else { return }
        records[index].originalValue = original
    }

    // MARK: Whole records

    /// Gives `target` what was recorded for `source`, which then has nothing.
    public func move(from source: JSONNode, to target: JSONNode) {
        let index = document.annotation(of: source)
        guard index != 0 else { return }
        document.setAnnotation(index, of: target)
        document.setAnnotation(0, of: source)
    }

    /// Forgets what was recorded for the node.
    public func clear(_ node: JSONNode) {
        document.setAnnotation(0, of: node)
    }

    /// Gives `target` what was recorded for `source` as well.
    public func copy(from source: JSONNode, to target: JSONNode) {
        let index = document.annotation(of: source)
        guard index != 0, records.count < Self.recordsMax else { return }
        records.append(records[Int(index)])
        document.setAnnotation(UInt32(records.count - 1), of: target)
    }

    /// Lets the nodes of a tree refer to the records of its copy's original.
    func copyRecords(from source: JSONNode, to target: JSONNode) {
        document.setAnnotation(document.annotation(of: source), of: target)
        var from = document.firstChild(of: source)
        var to = document.firstChild(of: target)
        while from.exists, to.exists {
            copyRecords(from: from, to: to)
            from = document.next(after: from)
            to = document.next(after: to)
        }
    }

    func record(for node: JSONNode) -> Int? {
        let index = document.annotation(of: node)
        if index != 0 { return Int(index) }
        guard node.exists, records.count < Self.recordsMax else { return nil }
        records.append(Record())
        document.setAnnotation(UInt32(records.count - 1), of: node)
        return records.count - 1
    }

    func recordIndex(_ node: JSONNode) -> Int {
        Int(document.annotation(of: node))
    }

    static func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
