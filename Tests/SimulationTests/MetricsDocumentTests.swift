import Foundation
import Metrics
import RelayIngest
import RelayProjects
import Testing

/// `docs/METRICS.md` lists the metrics that there are.
@Suite struct MetricsDocumentTests {
    @Test func theTablesAreTheCode() throws {
        #expect(try Self.documented("relay-ingest") == Self.rows(IngestMetric.self))
        #expect(try Self.documented("relay-projects") == Self.rows(ProjectsMetric.self))
    }

    private static func documented(_ process: String) throws -> [String] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let document = try String(
            contentsOfFile: "/\(root)/docs/METRICS.md", encoding: .utf8)
        let sections = document.split(separator: "\n## ")
        let section = try #require(sections.first { $0.hasPrefix("\(process)\n") })
        return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
    }

    private static func rows<Each: Metric>(_ metrics: Each.Type) -> [String] {
        metrics.allCases.map { metric in
            let tags = metric.tags.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(metric.rawValue)` | \(metric.kind) | \(tags) | \(metric.summary) |"
        }
    }
}
