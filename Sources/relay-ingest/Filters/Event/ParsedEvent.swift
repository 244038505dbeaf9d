import JSON
import Model

/// An event that was parsed in full: every field as normalising would leave it, computed when it is
/// asked for.
final class ParsedEvent: EventView {
    let document: JSONDocument
    let arena: TextArena
    let writer = JSONWriter()
    let sender: FilterRequest
    let agents: UserAgentReader?
    private(set) var root: JSONNode
    private var exceptionList: [ExceptionText?]?
    private var headerList: [(name: Text, value: Text?)]?

    /// - Parameter root: an object of the document.
    init(
        _ document: JSONDocument, root: JSONNode, arena: TextArena, sender: FilterRequest,
        agents: UserAgentReader?
    ) {
        self.document = document
        self.root = root
        self.arena = arena
        self.sender = sender
        self.agents = agents
    }

    // MARK: Access

    /// The member under its current name, else under the first old one.
    func member(_ name: StaticString, _ oldNames: StaticString...) -> JSONNode {
        let found = document.find(name, in: root)
        if found.exists { return found }
        for oldName in oldNames {
            let found = document.find(oldName, in: root)
            if found.exists { return found }
        }
        return .none
    }

    func find(_ name: StaticString, in object: JSONNode) -> JSONNode {
        document.find(name, in: object)
    }

    func kind(_ node: JSONNode) -> JSONKind { document.kind(of: node) }

    func has(_ node: JSONNode) -> Bool {
        let kind = document.kind(of: node)
        return kind != .missing && kind != .null
    }

    func text(_ node: JSONNode) -> Text? { document.stringBytes(of: node) }

    // MARK: Kinds of texts

    /// Text, or a number or bool that becomes text as Python would write it.
    func lenientText(_ node: JSONNode) -> Text? {
        switch document.kind(of: node) {
        case .string: return text(node)
        case .bool: return arena.text(document.bool(of: node) == true ? "True" : "False")
        case .number:
            if document.isInteger(node),
                document.int64(of: node) != nil || document.uint64(of: node) != nil
            {
                return document.numberBytes(of: node)
            }
            let value = document.double(of: node) ?? .infinity
            guard value.magnitude < 9_007_199_254_740_992 else { return nil }
            if value.sign == .minus, value > -1 { return arena.text("-0") }
            return arena.text("\(Int64(value))")
        default: return nil
        }
    }

    /// Text, or anything else as JSON text.
    func jsonText(_ node: JSONNode) -> Text? {
        guard has(node) else { return nil }
        if let text = text(node) { return text }
        return document.writeSorted(node, to: writer) ? arena.text(writer.bytes) : nil
    }

    /// Long texts are cut to `most` characters, if they have more than `allowance` on top.
    func cut(_ text: Text?, _ most: Int, _ allowance: Int) -> Text? {
        arena.cut(text, most, allowance)
    }

    func trimmed(_ text: Text?) -> Text? {
        guard let text else { return nil }
        return Text(rebasing: text[WhiteSpace.trimmed(text)])
    }

    // MARK: Type

    func isTransaction() -> Bool {
        sender.isTransaction
            || text(member("type")).map { ASCIIText.equals($0, "transaction") }
                == true
    }

    private func isFeedback() -> Bool {
        text(member("type")).map { ASCIIText.equals($0, "feedback") } == true
    }

    /// Whether normalising infers the type of a policy report.
    func policyReport() -> (blocked: Text?, source: Text?)? {
        let report = member("csp", "sentry.interfaces.Csp")
        guard kind(report) == .object, !isTransaction(), !isFeedback(), exceptionCount() == 0
        else { return nil }
        return (text(find("blocked_uri", in: report)), text(find("source_file", in: report)))
    }

    var isPolicyReport: Bool {
        kind(member("csp", "sentry.interfaces.Csp")) == .object
    }

    // MARK: Names

    func release() -> Text? {
        guard let text = trimmed(lenientText(member("release"))), !text.isEmpty,
            NameRules.isRelease(text)
        else { return nil }
        return text
    }

    func transaction() -> Text? {
        let name = trimmed(text(member("transaction")))
        guard isTransaction() else { return cut(name, 200, 0) }
        guard let name, !name.isEmpty else { return arena.text("<unlabeled transaction>") }
        let info = member("transaction_info")
        let source = text(find("source", in: info))
        let isURL =
            source.map { ASCIIText.equals($0, "url") || ASCIIText.equals($0, "sanitized") } ?? false
        guard isURL || (source == nil && isBrowserSDK) else {
            return cut(name, 200, 0)
        }
        return cut(TransactionName.scrubbed(name).map { arena.text($0) } ?? name, 200, 0)
    }

    /// Whether names without a stated source are URLs.
    var isBrowserSDK: Bool {
        text(find("name", in: member("sdk"))).map { TransactionName.isURL(sdk: $0) } ?? false
    }

    // MARK: Exceptions

    func exceptionCount() -> Int { allExceptions().count }

    func exception(_ index: Int) -> ExceptionText? { allExceptions()[index] }

    private func allExceptions() -> [ExceptionText?] {
        if let exceptionList { return exceptionList }
        // Nulls go, exceptions that are refused stay.
        let list = exceptionNodes().filter { has($0) }.map { exceptionText($0) }
        exceptionList = list
        return list
    }

    /// `{"values": […]}`, a bare list, or one element; nulls among them too.
    private func exceptionNodes() -> [JSONNode] {
        let node = member("exception", "sentry.interfaces.Exception")
        switch kind(node) {
        case .array: return Array(document.children(of: node))
        case .object:
            if document.childCount(of: node) == 0 { return [] }
            let values = find("values", in: node)
            if !values.exists { return [node] }
            return kind(values) == .array ? Array(document.children(of: values)) : []
        default: return []
        }
    }

    private func exceptionText(_ node: JSONNode) -> ExceptionText? {
        guard kind(node) == .object else { return nil }
        var type = text(find("type", in: node))
        var value = jsonText(find("value", in: node))
        if type?.isEmpty != false, let whole = value, let colon = ExceptionType.prefix(whole) {
            type = Text(rebasing: whole[..<colon])
            value = trimmed(Text(rebasing: whole[(colon + 1)...]))
        } else if type?.isEmpty != false, value?.isEmpty != false {
            return nil
        }
        return ExceptionText(type: cut(type, 256, 20), value: cut(value, 8192, 200))
    }

    func firstExceptionSource() -> Text? {
        let nodes = exceptionNodes()
        guard let first = nodes.first(where: { has($0) }), exception(0) != nil else { return nil }
        var trace = find("stacktrace", in: first)
        if !trace.exists { trace = find("sentry.interfaces.Stacktrace", in: first) }
        // A lone exception gets the event's stack trace.
        let whole = member("stacktrace", "sentry.interfaces.Stacktrace")
        if nodes.count == 1, kind(whole) == .object { trace = whole }
        let frames = find("frames", in: trace)
        guard kind(frames) == .array else { return nil }
        for frame in Array(document.children(of: frames)).reversed() {
            guard kind(frame) == .object else { return nil }
            var path = text(find("abs_path", in: frame))
            if path?.isEmpty != false { path = text(find("filename", in: frame)) }
            guard let path else { return nil }
            if !FramePath.isAnonymous(path) { return path }
        }
        return nil
    }

    // MARK: Headers

    /// The headers in the order normalising gives them.
    func headers() -> [(name: Text, value: Text?)] {
        if let headerList { return headerList }
        let request = member("request", "sentry.interfaces.Http")
        var list = Headers(self).read(find("headers", in: request))
        if isPolicyReport, let agent = sender.userAgent {
            let isKnown = list.contains {
                ASCIIText.equals($0.name, ignoringCase: "user-agent")
            }
            // The report's own header stays.
            if !isKnown { list.append((arena.text("User-Agent"), arena.text(agent))) }
        }
        headerList = list
        return list
    }

    /// The first header of a name.
    func header(_ name: String) -> Text? {
        for (key, value) in headers()
        where key.count == name.utf8.count
            && zip(key, name.utf8).allSatisfy({ ASCIIText.lower($0) == ASCIIText.lower($1) })
        {
            return value
        }
        return nil
    }

    /// The last header of a name, which is what contexts are derived from.
    func lastHeader(_ name: String) -> Text? {
        headers().last {
            $0.name.count == name.utf8.count
                && zip($0.name, name.utf8).allSatisfy { ASCIIText.lower($0) == $1 }
        }?.value
    }

    func userAgent() -> Text? { header("user-agent") }
}
