import Glibc
import JSON

/// The walk over one event with one program. Nothing in it changes, so that the walk itself counts
/// no references and checks no accesses.
struct ScrubWalk {
    let document: JSONDocument
    let meta: EventMeta
    let schema: ScrubSchema
    let program: ScrubProgram
    let automaton: SelectorAutomaton
    let scrubber: TextScrubber
    let noKey = ScrubWalk.missingKey

    /// A value's place: how the walk arrived there.
    struct Place {
        /// Set of the automaton.
        var state: Int32
        var depth: Int
        /// Class of the key or index, for values that stand for the same place once more.
        var elementClass: UInt32
        var key: TextScrubber.Key
        var types: UInt32
        var field: FieldID
    }

    nonisolated(unsafe) private static let missingKey = TextScrubber.Key(
        text: ScannedText(base: ScrubWalk.noBytes, count: 0), id: 0, exists: false)
    nonisolated(unsafe) private static let noBytes: UnsafePointer<UInt8> = {
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: ByteBuffer.padding)
        bytes.initialize(repeating: 0, count: ByteBuffer.padding)
        return UnsafePointer(bytes)
    }()

    init(
        document: JSONDocument, meta: EventMeta, schema: ScrubSchema, program: ScrubProgram,
        automaton: SelectorAutomaton, scrubber: TextScrubber
    ) {
        self.document = document
        self.meta = meta
        self.schema = schema
        self.program = program
        self.automaton = automaton
        self.scrubber = scrubber
    }

    /// Strips the event.
    func run(_ event: JSONNode) {
        let root = Place(
            state: SelectorAutomaton.root, depth: 0, elementClass: KeyClasses.otherKey,
            key: noKey, types: 0, field: schema.schema.root)
        descend(event, root)
    }

    // MARK: One value

    private func visit(_ node: JSONNode, _ place: Place) {
        let field = schema[place.field]
        if document.annotation(of: node) != 0, field.pii != .no {
            scrubOriginal(of: node, place, field.pii)
        }
        let kind = document.kind(of: node)
        switch kind {
        case .null, .missing, .bool: return
        case .string where place.types & SelectorType.string.bit != 0:
            let list = program.rules(place.state, pii: field.pii)
            if list.isEmpty { return }
            if field.kind == .nativePath {
                scrubPath(node, place, list)
            } else {
                scrubText(node, place, list)
            }
        case .string, .number:
            _ = removeByRule(node, place, field.pii)
        case .array, .object:
            if removeByRule(node, place, field.pii) { return }
            guard field.reachesPii else { return }
            let isValidUser = field.isUser && !hasInvalidAddress(node)
            descend(node, place)
            if isValidUser, hasInvalidAddress(node) { moveAddress(of: node) }
        }
    }

    /// A value that is no text can only be removed; whether it was.
    private func removeByRule(_ node: JSONNode, _ place: Place, _ pii: PIIAttribute) -> Bool {
        let list = program.rules(place.state, pii: pii)
        guard list.hasAnything || list.looksAtKeys else { return false }
        for index in list.rules {
            let rule = program.rule(index)
            if rule.kind == .anything || scrubber.matchesKey(rule, place.key, program) {
                document.setNull(node)
                meta.addRemark(node, rule: scrubber.nameNode(rule, program), type: .removed)
                return true
            }
        }
        return false
    }

    // MARK: Children

    private func descend(_ node: JSONNode, _ place: Place) {
        switch document.kind(of: node) {
        case .object: descendObject(node, place)
        case .array:
            switch schema[place.field].kind {
            case .tags, .headers, .cookies, .query: descendPairs(node, place, isDeclared: true)
            default:
                if isPairList(node) {
                    descendPairs(node, place, isDeclared: false)
                } else {
                    descendArray(node, place)
                }
            }
        default: break
        }
    }

    private func descendObject(_ node: JSONNode, _ place: Place) {
        let parent = schema[place.field]
        var child = document.firstChild(of: node)
        while child.exists {
            let fieldID = schema.child(child, of: place.field, parent, in: document)
            let field = schema[fieldID]
            if field.reachesPii {
                let id = document.keyID(of: child)
                let bytes = document.keyBytes(of: child)
                enter(
                    child, fieldID, field, place,
                    elementClass: automaton.classOf(id, key: bytes), key(bytes, id.rawValue))
            }
            child = document.next(after: child)
        }
    }

    private func descendArray(_ node: JSONNode, _ place: Place) {
        let element = schema.element(of: place.field, schema[place.field])
        var child = document.firstChild(of: node)
        var index = 0
        while child.exists {
            let fieldID = schema.schema.refine(element, child, in: document)
            let field = schema[fieldID]
            if field.reachesPii {
                enter(
                    child, fieldID, field, place, elementClass: automaton.classOf(index: index),
                    noKey)
            }
            index += 1
            child = document.next(after: child)
        }
    }

    /// `[[key, value], …]`: the values are addressed as if the list were an object.
    private func descendPairs(_ node: JSONNode, _ place: Place, isDeclared: Bool) {
        let list = schema[place.field]
        let pairField = schema.element(of: place.field, list)
        var fieldID = isDeclared ? schema.schema.element(of: pairField) : pairField
        guard schema[fieldID].reachesPii else { return }
        var pair = document.firstChild(of: node)
        var index = 0
        while pair.exists {
            let keyNode = document.firstChild(of: pair)
            let value = document.next(after: keyNode)
            if value.exists {
                if let bytes = document.stringBytes(of: keyNode) {
                    if list.hasAttributes { fieldID = schema.attribute(bytes) }
                    enter(
                        value, fieldID, schema[fieldID], place,
                        elementClass: automaton.classOf(key: bytes), key(bytes, 0))
                } else {
                    enter(
                        value, fieldID, schema[fieldID], place,
                        elementClass: automaton.classOf(index: index), noKey)
                }
            }
            index += 1
            pair = document.next(after: pair)
        }
    }

    /// Whether all elements are `[text, anything]`.
    private func isPairList(_ node: JSONNode) -> Bool {
        var child = document.firstChild(of: node)
        guard child.exists else { return false }
        while child.exists {
            guard document.kind(of: child) == .array, document.childCount(of: child) == 2,
                document.kind(of: document.firstChild(of: child)) == .string
            else { return false }
            child = document.next(after: child)
        }
        return true
    }

    @inline(__always)
    private func key(_ bytes: UnsafeRawBufferPointer, _ id: UInt16) -> TextScrubber.Key {
        guard let base = bytes.baseAddress else { return TextScrubber.Key(text: noKey.text, id: 0) }
        return TextScrubber.Key(
            text: ScannedText(
                base: base.assumingMemoryBound(to: UInt8.self), count: bytes.count), id: id)
    }

    @inline(__always)
    private func enter(
        _ node: JSONNode, _ fieldID: FieldID, _ field: ScrubSchema.Field, _ parent: Place,
        elementClass: UInt32, _ key: TextScrubber.Key
    ) {
        let types =
            field.kind == .value || field.kind == .messageParameters
            ? field.types | ScrubSchema.bits(document.kind(of: node)) : field.types
        let depth = parent.depth + 1
        let state = automaton.step(parent.state, elementClass, types: types, depth: depth)
        visit(
            node,
            Place(
                state: state, depth: depth, elementClass: elementClass, key: key, types: types,
                field: fieldID))
    }

    // MARK: Texts

    @inline(__always)
    private func scanned(_ bytes: UnsafeRawBufferPointer) -> ScannedText {
        guard let base = bytes.baseAddress else { return noKey.text }
        return ScannedText(base: base.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }

    /// Words that say nothing about anybody.
    @inline(__always)
    private static func isHarmless(_ text: ScannedText) -> Bool {
        switch text.count {
        case 0: true
        case 4: text.has("true", at: 0) || text.has("null", at: 0)
        case 5: text.has("false", at: 0)
        case 9: text.has("undefined", at: 0)
        default: false
        }
    }

    private func scrubText(_ node: JSONNode, _ place: Place, _ list: ScrubProgram.RuleList) {
        let text = scanned(document.textBytes(of: node))
        if ScrubWalk.isHarmless(text) { return }
        switch scrubber.apply(list, of: program, to: text, node, key: place.key) {
        case .unchanged: break
        case .changed:
            scrubber.chunks.writeRemarks(to: node, meta)
            setJoined(node, suffix: ScannedText(base: text.base, count: 0))
        case .removed(let rule, let isChanged):
            if isChanged {
                scrubber.chunks.writeRemarks(to: node, meta)
            }
            document.setNull(node)
            meta.addRemark(node, rule: rule, type: .removed)
        }
    }

    private func setJoined(_ node: JSONNode, suffix: ScannedText) {
        let chunks = scrubber.chunks
        document.setString(node, byteCountMax: chunks.joinedByteCount + suffix.count) { target in
            guard let base = target.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
                return 0
            }
            let count = chunks.writeJoined(to: base)
            (base + count).update(from: suffix.base, count: suffix.count)
            return count + suffix.count
        }
    }

    /// Paths of images and source files keep their last part, which finding symbols needs.
    private func scrubPath(_ node: JSONNode, _ place: Place, _ list: ScrubProgram.RuleList) {
        let text = scanned(document.textBytes(of: node))
        var separator = text.count - 1
        while separator >= 0, text[separator] != 0x2F, text[separator] != 0x5C { separator -= 1 }
        if separator < 0 { return }
        let folder = ScannedText(base: text.base, count: separator)
        let name = ScannedText(base: text.base + separator, count: text.count - separator)
        if ScrubWalk.isHarmless(folder) { return }
        switch scrubber.apply(list, of: program, to: folder, node, key: place.key) {
        case .unchanged: break
        case .changed:
            scrubber.chunks.writeRemarks(to: node, meta)
            setJoined(node, suffix: name)
        case .removed(let rule, let isChanged):
            if isChanged {
                scrubber.chunks.writeRemarks(to: node, meta)
            }
            document.narrowString(node, to: separator + 1..<text.count)
            meta.addRemark(node, rule: rule, type: .removed)
        }
    }

    // MARK: Meta

    /// Strips the original value that an error keeps, under the place's own key once more.
    private func scrubOriginal(of node: JSONNode, _ place: Place, _ pii: PIIAttribute) {
        let index = Int(document.annotation(of: node))
        let original = meta.records[index].originalValue
        guard original.exists, let bytes = document.stringBytes(of: original) else { return }
        let isIndex = !place.key.exists
        let state = automaton.step(
            place.state, isIndex ? KeyClasses.otherKey : place.elementClass,
            types: SelectorType.string.bit, depth: place.depth + 1)
        let list = program.rules(state, pii: pii)
        if list.isEmpty { return }
        let key = TextScrubber.Key(text: place.key.text, id: place.key.id)
        switch scrubber.apply(list, of: program, to: scanned(bytes), .none, key: key) {
        case .unchanged: break
        case .changed:
            setJoined(original, suffix: ScannedText(base: ScrubWalk.noBytes, count: 0))
        case .removed: meta.records[index].originalValue = .none
        }
    }

    // MARK: User

    private func hasInvalidAddress(_ user: JSONNode) -> Bool {
        let address = document.find(Key.ipAddress, in: user)
        guard let bytes = document.stringBytes(of: address) else { return false }
        return !isAddress(bytes)
    }

    /// An address that scrubbing has made invalid becomes the user's id when there is no other, so
    /// that users can still be counted.
    private func moveAddress(of user: JSONNode) {
        let address = document.find(Key.ipAddress, in: user)
        for key in [Key.id, Key.username, Key.email] {
            let kind = document.kind(of: document.find(key, in: user))
            if kind != .null, kind != .missing { return }
        }
        var id = document.find(Key.id, in: user)
        if !id.exists {
            id = document.makeNull()
            document.append(id, to: user, key: Key.id)
        }
        document.setString(id, document.textBytes(of: address))
        document.setAnnotation(0, of: id)
        meta.move(from: address, to: id)
        document.setNull(address)
        meta.addRemark(address, rule: "pii:ip_address", type: .removed)
    }

    private func isAddress(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count < 64 else { return false }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            for (index, byte) in bytes.enumerated() {
                if byte == 0 { return false }
                text[index] = CChar(bitPattern: byte)
            }
            text[bytes.count] = 0
            guard let base = text.baseAddress else { return false }
            if strcmp(base, "{{auto}}") == 0 { return true }
            var storage = (UInt64(0), UInt64(0))
            return inet_pton(AF_INET, base, &storage) == 1
                || inet_pton(AF_INET6, base, &storage) == 1
        }
    }
}
