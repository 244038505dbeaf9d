import JSON
import Model

/// Reports that browsers send by themselves: CSP, Expect-CT, HPKP, Expect-Staple. They are kept as
/// they are; the processor turns them into events.
enum SecurityReport {
    /// Reports in one body of the Reporting API at most.
    static let reportsMax = 100

    /// Whether a body of this type is a report.
    static func isMediaType(_ type: String?) -> Bool {
        switch type {
        case "application/json", "application/csp-report", "application/reports+json",
            "application/expect-ct-report", "application/expect-ct-report+json",
            "application/expect-staple-report":
            true
        default: false
        }
    }

    /// Makes an envelope of a report, one of each report of a list. Release and environment come from
    /// the query, since browsers do not know them.
    static func read(
        _ body: [UInt8], _ exchange: Exchange, _ document: JSONDocument
    ) throws(SubmissionRefusal) -> [Submission] {
        defer { document.reset() }
        let root: JSONNode
        do {
            root = try document.parse(body)
        } catch {
            throw SubmissionRefusal(
                status: 400, detail: "invalid JSON data", causes: [error.description])
        }
        switch document.kind(of: root) {
        case .object:
            return [submission(body, exchange)]
        case .array where document.firstChild(of: root).exists:
            guard document.childCount(of: root) <= reportsMax else {
                throw SubmissionRefusal(
                    status: 413, detail: "too many reports",
                    causes: ["one request holds at most \(reportsMax) reports"])
            }
            let writer = JSONWriter()
            var submissions: [Submission] = []
            for report in document.children(of: root) where document.kind(of: report) == .object {
                writer.reset()
                guard (try? writer.write(report, from: document)) != nil else { continue }
                submissions.append(submission(Array(writer.bytes), exchange))
            }
            return submissions
        default:
            throw SubmissionRefusal(
                status: 400, detail: "invalid JSON data", causes: ["a report is a JSON object"])
        }
    }

    private static func submission(_ payload: [UInt8], _ exchange: Exchange) -> Submission {
        let id = EventID.random()
        return Submission(
            id: id,
            envelope: Envelope(
                header: EnvelopeHeader(eventID: id), items: [item(payload, exchange)]))
    }

    private static func item(_ payload: [UInt8], _ exchange: Exchange) -> EnvelopeItem {
        var item = EnvelopeItem(
            type: .rawSecurity, payload: payload[...], contentType: Answer.jsonType)
        let query = exchange.head.target.query
        for name in ["sentry_release", "sentry_environment"] {
            if let value = FormEncoding.text(name, in: query), !value.isEmpty {
                item.set([(name, .string(value))])
            }
        }
        return item
    }
}
