/// A value of a configuration file and the line it stands on.
public struct ConfigNode: Hashable, Sendable {
    public indirect enum Content: Hashable, Sendable {
        /// `null`, `~` or nothing.
        case null
        /// A plain scalar: boolean, number or text; the reader of the key decides.
        case plain(String)
        /// A quoted scalar: always text.
        case quoted(String)
        case sequence([ConfigNode])
        /// Keys in the file's order; duplicates were refused by the reader.
        case mapping([Entry])
    }

    /// A key with its value.
    public struct Entry: Hashable, Sendable {
        public var key: String
        /// Line of the key.
        public var line: Int
        public var value: ConfigNode
    }

    public var content: Content
    /// Counted from 1.
    public var line: Int

    /// What kind of value this is, for messages.
    var kind: String {
        switch content {
        case .null: "null"
        case .plain(let text): "\"\(text.shortened)\""
        case .quoted(let text): "\"\(text.shortened)\""
        case .sequence: "a list"
        case .mapping: "a section"
        }
    }
}

extension String {
    /// At most 40 characters on one line: what a message shows of a value.
    var shortened: String {
        let line = self.map { $0.isNewline ? " " : $0 }
        return line.count > 40 ? String(line.prefix(40)) + "…" : String(line)
    }
}
