import Glibc
import Logging

/// Form of log lines.
public enum LogLineFormat: UInt8, Sendable {
    /// Colours and short times, for a terminal.
    case pretty
    /// `2026-01-02T03:04:05.678Z [relay-ingest.http] INFO: message key=value`
    case simplified
    /// One JSON object.
    case json

    /// The format by its name in the configuration; `auto` (and what is unknown) is pretty on a
    /// terminal and simplified elsewhere.
    public init(name: String) {
        switch name {
        case "pretty": self = .pretty
        case "simplified": self = .simplified
        case "json": self = .json
        default: self = isatty(STDERR_FILENO) == 1 ? .pretty : .simplified
        }
    }
}

/// Puts a log line together. Control characters are escaped in every form: values may come from
/// outside, and a line must stay one line.
struct LogLine {
    var wallMicroseconds: Int64
    var level: Logger.Level
    var label: String
    var message: String
    var metadata: [(key: String, value: String)]
    var file: String
    var line: UInt

    /// Longest value that is written, in bytes; more is cut.
    static let valueBytesMax = 4096

    func bytes(_ format: LogLineFormat) -> [UInt8] {
        var text: String
        switch format {
        case .simplified:
            text = "\(Self.timestamp(wallMicroseconds)) [\(label)] \(levelName): "
            text += Self.escaped(message)
            for (key, value) in metadata { text += " \(key)=\(Self.quotedIfNeeded(value))" }
        case .pretty:
            let clock = Self.timestamp(wallMicroseconds).dropFirst(11).prefix(12)
            text = "\u{1b}[2m\(clock)\u{1b}[0m \(colour)\(paddedLevelName)\u{1b}[0m "
            text += "\u{1b}[2m\(label)\u{1b}[0m \(Self.escaped(message))"
            for (key, value) in metadata {
                text += " \u{1b}[2m\(key)=\u{1b}[0m\(Self.quotedIfNeeded(value))"
            }
        case .json:
            text = "{\"timestamp\":\"\(Self.timestamp(wallMicroseconds))\""
            text += ",\"level\":\"\(levelName)\",\"logger\":\(Self.json(label))"
            text += ",\"message\":\(Self.json(message))"
            text += ",\"module_path\":\(Self.json(label)),\"filename\":\(Self.json(file))"
            text += ",\"lineno\":\(line)"
            if !metadata.isEmpty {
                let fields = metadata.map { "\(Self.json($0.key)):\(Self.json($0.value))" }
                text += ",\"fields\":{\(fields.joined(separator: ","))}"
            }
            text += "}"
        }
        text += "\n"
        return Array(text.utf8)
    }

    private var levelName: String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error, .critical: "ERROR"
        }
    }

    private var paddedLevelName: String {
        levelName.utf8.count < 5 ? levelName + " " : levelName
    }

    private var colour: String {
        switch level {
        case .trace, .debug: "\u{1b}[34m"
        case .info, .notice: "\u{1b}[32m"
        case .warning: "\u{1b}[33m"
        case .error, .critical: "\u{1b}[31m"
        }
    }

    /// RFC 3339 in UTC with milliseconds.
    static func timestamp(_ wallMicroseconds: Int64) -> String {
        var seconds = time_t(wallMicroseconds / 1_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let milliseconds = Int(wallMicroseconds % 1_000_000) / 1000
        return "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
            + ".\(milliseconds < 100 ? "0" : "")\(milliseconds < 10 ? "0" : "")\(milliseconds)Z"
    }

    private static func two(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > valueBytesMax else { return text }
        return String(decoding: text.utf8.prefix(valueBytesMax), as: UTF8.self) + "…"
    }

    /// The text without control characters.
    static func escaped(_ text: String) -> String {
        let text = cut(text)
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return text }
        return escaped(text, control: "\\x", special: "")
    }

    /// - Parameters:
    ///   - control: what stands before the two digits of a control character.
    ///   - special: what gets a backslash.
    private static func escaped(_ text: String, control: String, special: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                result +=
                    control + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default:
                if special.unicodeScalars.contains(scalar) { result += "\\" }
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func quotedIfNeeded(_ text: String) -> String {
        let needsQuotes =
            text.isEmpty || text.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\"") }
        return needsQuotes ? json(text) : escaped(text)
    }

    private static func json(_ text: String) -> String {
        "\"" + escaped(cut(text), control: "\\u00", special: "\"\\") + "\""
    }
}
