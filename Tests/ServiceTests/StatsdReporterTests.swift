import CSystemd
import Glibc
import Logging
import Metrics
import Service
import Testing

private enum ReportedMetric: String, Metric {
    case answer
    var kind: MetricKind { .gauge }
    var summary: String { "" }
    var tags: [String] { [] }
}

@Suite struct StatsdReporterTests {
    @Test func metricsReachTheServer() throws {
        let server = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        try #require(server >= 0)
        defer { close(server) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(server, $0, size) == 0 && getsockname(server, $0, &size) == 0
            }
        }
        try #require(isBound)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(
            server, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))

        let settings = try #require(
            StatsdSettings(
                address: "localhost:\(UInt16(bigEndian: address.sin_port))", prefix: "p",
                tags: [MetricTag("a", "b")], hostnameTag: "host", interval: .milliseconds(5)))
        StatsdReporter.start(
            instance: "7", logger: Logger(label: "test"), settings: { settings },
            snapshot: {
                var snapshot = MetricsSnapshot()
                snapshot.add(ReportedMetric.answer, 42)
                return snapshot
            })
        var bytes = [UInt8](repeating: 0, count: 2000)
        let count = recv(server, &bytes, bytes.count, 0)
        try #require(count > 0)
        let line = String(decoding: bytes[..<count], as: UTF8.self)
        #expect(line.hasPrefix("p.answer:42|g|#a:b,host:"))
        #expect(line.hasSuffix(",instance:7"))
    }
}
