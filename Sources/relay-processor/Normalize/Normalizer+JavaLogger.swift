import JSON

/// Loggers of Java are names of classes: long ones lose words at their start, not their end.
extension Normalizer {
    /// Characters that a logger may have.
    private static let loggerCharactersMax = 64

    /// The remarks are those of the event, as the reference writes them.
    func shortenJavaLogger() {
        let node = find(Key.logger, in: event)
        guard isText(find(Key.platform, in: event), "java"), let bytes = text(node) else { return }
        let original = String(decoding: bytes, as: UTF8.self).unicodeScalars.count
        let range = WhiteSpace.trimmed(bytes)
        let trimmed = UnsafeRawBufferPointer(rebasing: bytes[range])
        let characters = Array(String(decoding: trimmed, as: UTF8.self).unicodeScalars)
        if characters.count <= Self.loggerCharactersMax {
            guard range.count != bytes.count else { return }
            meta.addRemark(
                event, rule: range.isEmpty ? "@logger:remove" : "@logger:trim",
                type: range.isEmpty ? .removed : .substituted,
                range: range.isEmpty ? 0..<original : nil)
            document.narrowString(node, to: range)
        } else {
            let start = Self.shortenedStart(characters)
            meta.addRemark(event, rule: "@logger:replace", type: .substituted, range: 0..<start)
            var result = String.UnicodeScalarView("*".unicodeScalars)
            result.append(contentsOf: characters[start...])
            document.setString(node, String(result))
        }
        meta.setOriginalLength(event, original)
    }

    /// Where the part of a long name starts that is kept: at a dot where there is one.
    private static func shortenedStart(_ characters: [Unicode.Scalar]) -> Int {
        // One place is for the asterisk.
        let start = characters.count - loggerCharactersMax + 1
        let cutsWord = characters[start - 1] != "."
        guard cutsWord, let dot = characters[start...].firstIndex(of: ".") else { return start }
        return dot
    }
}
