import Foundation
import Metrics
import Testing

@testable import RelayProjects

/// `docs/METRICS.md` lists the metrics that there are.
@Suite struct MetricsDocumentTests {
    @Test func theTableIsTheCode() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let document = try String(
            contentsOfFile: "/\(root)/docs/METRICS.md", encoding: .utf8)
        let section = try #require(
            document.split(separator: "\n## ").first { $0.hasPrefix("relay-projects\n") })
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let expected = ProjectsMetric.allCases.map { metric in
            let tags = metric.tags.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(metric.rawValue)` | \(metric.kind) | \(tags) | \(metric.summary) |"
        }
        #expect(rows.map(String.init) == expected)
    }
}
