import JSON
import Model

/// The message of an event: `{message, formatted, params}` or a bare text.
extension ParsedEvent {
    func message() -> Text? {
        let texts = messages()
        return texts.formatted ?? texts.message
    }

    /// The formatted and the plain message as normalising leaves them.
    func messages() -> (formatted: Text?, message: Text?) {
        messages(member("logentry", "sentry.interfaces.Message", "message"))
    }

    func messages(_ node: JSONNode) -> (formatted: Text?, message: Text?) {
        guard has(node) else { return (nil, nil) }
        guard kind(node) == .object else {
            if document.bool(of: node) == false { return (nil, nil) }
            guard let text = jsonText(node), !text.isEmpty else { return (nil, nil) }
            return (cutMessage(text), nil)
        }
        var formatted = messageText(find("formatted", in: node))
        let message = messageText(find("message", in: node))
        if formatted == nil, let message {
            let parameters = find("params", in: node)
            formatted =
                MessageFormat.format(message, parameters, document, writer)
                .map { arena.text($0) } ?? message
            if formatted?.elementsEqual(message) == true { return (cutMessage(message), nil) }
        }
        if let formatted, let message, formatted.elementsEqual(message) {
            return (cutMessage(formatted), nil)
        }
        return (cutMessage(formatted), cutMessage(message))
    }

    private func messageText(_ node: JSONNode) -> Text? {
        switch kind(node) {
        case .missing, .null: return nil
        case .bool where document.bool(of: node) == false: return nil
        default: return jsonText(node)
        }
    }

    private func cutMessage(_ text: Text?) -> Text? { cut(text, 8192, 200) }
}
