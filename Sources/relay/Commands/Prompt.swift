import Glibc

/// Questions to the person at the terminal.
enum Prompt {
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks yes or no; without a terminal this is an error, because nobody can answer.
    static func confirm(_ question: String) throws(CommandError) -> Bool {
        guard isInteractive else {
            throw CommandError("\(question) Nobody can answer; pass --yes.")
        }
        ask("\(question) [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        return answer == "y" || answer == "yes"
    }

    /// Asks for a text; an empty answer is the default.
    static func text(_ question: String, default value: String) -> String {
        ask("\(question) [\(value)]: ")
        let answer = (readLine() ?? "").filter { $0 != " " }
        return answer.isEmpty ? value : answer
    }

    private static func ask(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
