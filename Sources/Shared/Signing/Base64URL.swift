import Model

/// Base64 with the URL alphabet and without padding, the form of keys and signatures, read strictly:
/// each value has one spelling only.
enum Base64URL {
    static func encode(_ bytes: [UInt8]) -> String {
        Base64.encode(bytes, alphabet: .urlSafe)
    }

    /// Nil for anything `encode` does not write, and for more than `bytesMax` bytes.
    static func decode(_ text: some StringProtocol, bytesMax: Int) -> [UInt8]? {
        guard text.utf8.count <= bytesMax * 4 / 3 + 1, let bytes = Base64.decode(text),
            encode(bytes).utf8.elementsEqual(text.utf8)
        else { return nil }
        return bytes
    }
}
