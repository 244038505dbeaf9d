import Config
import Metrics
import Wire

/// `GET /metrics`: all figures of this process and of relay-projects, as Prometheus reads them.
extension FrontDoor {
    /// Whoever may ask gets the figures; for everybody else there is nothing here.
    func answerMetrics(_ exchange: Exchange) {
        guard mayRead(exchange) else { return exchange.answer(.notFound) }
        flow.projectsFigures { [self] figures in
            var snapshot = metrics
            for figure in figures { snapshot.add(MetricSample(figure)) }
            exchange.answer(
                Answer(
                    status: 200, contentType: PrometheusText.mediaType,
                    body: .bytes(PrometheusText.text(snapshot))))
        }
    }

    /// By default only this machine. A request that a proxy on this machine passes on is somebody
    /// else's.
    private func mayRead(_ exchange: Exchange) -> Bool {
        switch settings.metricsReaders {
        case .all: return true
        case .none: return false
        case .loopback:
            let peer = exchange.connection?.remoteAddress.flatMap { IPAddress($0) }
            return peer?.isLoopback == true && exchange.head.fields.forwardedFor.isEmpty
        }
    }

    /// All figures of this process.
    var metrics: MetricsSnapshot {
        var snapshot = MetricsSnapshot()
        snapshot.add(IngestMetric.connections, connectionCount)
        snapshot.add(IngestMetric.connectionsAccepted, counters.connectionsAccepted)
        for (status, count) in counters.answersByStatus.sorted(by: { $0.key < $1.key }) {
            snapshot.add(IngestMetric.answers, count, "\(status)")
        }
        snapshot.add(IngestMetric.requestsMalformed, counters.requestsMalformed)
        snapshot.add(IngestMetric.requestsTimedOut, counters.requestsTimedOut)
        for (reason, count) in counters.refusedByReason.sorted(by: { $0.key < $1.key }) {
            snapshot.add(IngestMetric.requestsRefused, count, reason)
        }
        flow.addMetrics(to: &snapshot)
        return snapshot
    }
}

extension MetricSample {
    /// A figure that relay-projects told.
    init(_ figure: StatusFigure) {
        self.init(
            name: figure.name,
            value: figure.kind == .counter
                ? .counter(figure.value) : .gauge(Int64(clamping: figure.value)))
    }
}
