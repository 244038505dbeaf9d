/// Paths of stack frames.
enum FramePath {
    /// Frames that say nothing of where an error came from.
    static func isAnonymous(_ path: Text) -> Bool {
        ASCIIText.equals(path, "<anonymous>") || ASCIIText.equals(path, "[native code]")
    }
}
