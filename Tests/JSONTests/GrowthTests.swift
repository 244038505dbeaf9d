import Glibc
import JSON
import Testing

/// Doubling a hostile input at most doubles the work, with room for noise: CPU time of this thread,
/// the least of several runs, for 1 and 4 parts.
@Suite(.serialized) struct GrowthTests {
    static func cpuNanoseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    static func least(_ work: () -> Void) -> Double {
        (0..<5).map { _ in
            let start = cpuNanoseconds()
            work()
            return cpuNanoseconds() - start
        }.min() ?? 0
    }

    static let shapes: [String] = [
        "distinct keys", "one key", "keys like a known one", "digits", "escapes", "non-ASCII",
        "empty arrays",
        "deep columns", "spaces",
    ]

    static func text(_ shape: String, _ parts: Int) -> [UInt8] {
        let count = parts * 20_000
        switch shape {
        case "distinct keys":
            return Array(
                ("{" + (0..<count).map { "\"k\($0)\":1" }.joined(separator: ",") + "}").utf8)
        case "one key":
            return Array(("{" + String(repeating: "\"a\":1,", count: count) + "\"a\":2}").utf8)
        case "keys like a known one":
            // Same ends and length as the known name, so they share its place in the table.
            return Array(
                ("{"
                    + (0..<count).map { "\"breadcru\(1_000_000 + $0)eadcrumbs\":1" }
                    .joined(separator: ",") + "}").utf8)
        case "digits": return Array(("[" + String(repeating: "7", count: count * 8) + "]").utf8)
        case "escapes":
            return Array(("[\"" + String(repeating: "\\u00e9\\n", count: count) + "\"]").utf8)
        case "non-ASCII":
            return Array(("[\"" + String(repeating: "é€a", count: count) + "\"]").utf8)
        case "empty arrays":
            return Array(("[" + String(repeating: "[],", count: count) + "[]]").utf8)
        case "deep columns":
            let column = String(repeating: "[", count: 120) + String(repeating: "]", count: 120)
            return Array(
                ("[" + [String](repeating: column, count: count / 100).joined(separator: ",") + "]")
                    .utf8)
        default: return Array(("[" + String(repeating: " ", count: count * 8) + "1]").utf8)
        }
    }

    @Test(arguments: shapes)
    func readingAndWriting(shape: String) throws {
        let document = JSONDocument(keys: JSONKeyTable(["breadcru1000000eadcrumbs", "a", "b"]))
        let writer = JSONWriter()
        func cost(_ parts: Int) -> Double {
            let bytes = Self.text(shape, parts)
            return Self.least {
                guard let root = try? document.parse(bytes) else { return }
                writer.reset()
                try? writer.write(root, from: document)
            }
        }
        #expect(document.failure(Self.text(shape, 1)) == nil)
        let one = cost(1)
        let four = cost(4)
        #expect(four < one * 4 * 2.5 + 200_000, "\(one) ns for 1, \(four) ns for 4 parts")
    }

    @Test(arguments: ["distinct keys", "one key", "keys like a known one"])
    func duplicatesAndSorting(shape: String) throws {
        let document = JSONDocument()
        func cost(_ parts: Int) -> Double {
            let bytes = Self.text(shape, parts)
            return Self.least {
                guard let root = try? document.parse(bytes) else { return }
                document.sortByKey(root)
                document.removeDuplicateKeys(of: root)
            }
        }
        let one = cost(1)
        let four = cost(4)
        #expect(four < one * 4 * 3 + 500_000, "\(one) ns for 1, \(four) ns for 4 parts")
    }

    /// A million keys fit the default limits and all of them come back.
    @Test func aMillionKeys() throws {
        let document = JSONDocument()
        let text = "{" + (0..<1_000_000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
        let root = try document.parse(text)
        #expect(document.childCount(of: root) == 1_000_000)
        #expect(document.text(root).utf8.count == text.utf8.count)
    }
}
