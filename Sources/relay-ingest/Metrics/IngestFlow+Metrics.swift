import Metrics
import Model
import Upstream
import Wire

extension IngestFlow {
    /// Adds the figures of the flow.
    func addMetrics(to snapshot: inout MetricsSnapshot) {
        snapshot.add(IngestMetric.accepted, counters.accepted)
        snapshot.add(IngestMetric.outcomes, counters.delivered, "accepted", "")
        let filtered = Dictionary(
            counters.filteredByReason.map { ($0.key.reason, $0.value) }, uniquingKeysWith: &+)
        for (reason, count) in filtered.sorted(by: { $0.key < $1.key }) {
            snapshot.add(IngestMetric.outcomes, count, "filtered", reason)
        }
        snapshot.add(IngestMetric.outcomes, counters.rateLimited, "rate_limited", "")
        let invalid = counters.invalidByReason.sorted { $0.key.rawValue < $1.key.rawValue }
        for (reason, count) in invalid {
            snapshot.add(IngestMetric.outcomes, count, "invalid", reason.name)
        }
        snapshot.add(IngestMetric.quarantined, counters.quarantined)
        snapshot.add(IngestMetric.stored, counters.stored)
        snapshot.add(IngestMetric.storedEnvelopes, envelopesStored)
        snapshot.add(IngestMetric.storedBytes, bytesStored)
        snapshot.add(IngestMetric.waitTime, times.waiting)
        snapshot.add(IngestMetric.processingTime, times.processing)
        snapshot.add(IngestMetric.totalTime, times.total)
        snapshot.add(IngestMetric.processors, processors.processorCount)
        snapshot.add(IngestMetric.jobs, processors.jobCount)
        snapshot.add(IngestMetric.jobsWaiting, processors.waitingCount)
        snapshot.add(IngestMetric.processingMicroseconds, times.processorMicroseconds)
        snapshot.add(IngestMetric.upstreamActive, upstream.requestsActive)
        snapshot.add(IngestMetric.upstreamWaiting, upstream.requestsWaiting)
        snapshot.add(IngestMetric.deliveryRetries, counters.deliveryRetries)
        snapshot.add(IngestMetric.projectsLink, projects?.isOpen == true ? 1 : 0)
        addProjectMetrics(to: &snapshot)
    }

    /// Those of single projects come last: they are the ones that may be too many.
    private func addProjectMetrics(to snapshot: inout MetricsSnapshot) {
        let problems = scrubbingProblems.entries.sorted { $0.key.rawValue < $1.key.rawValue }
        for (project, entry) in problems {
            snapshot.add(
                IngestMetric.scrubbingProblems, entry.problems.count, project.description)
        }
        for (project, entry) in problems {
            for problem in entry.problems.named {
                snapshot.add(
                    IngestMetric.scrubbingProblem, 1, project.description, problem.place,
                    problem.reason)
            }
        }
        let filtered = counters.filteredByReason.sorted {
            ($0.key.projectID?.rawValue ?? 0, $0.key.reason)
                < ($1.key.projectID?.rawValue ?? 0, $1.key.reason)
        }
        for (key, count) in filtered {
            snapshot.add(
                IngestMetric.filtered, count, key.projectID?.description ?? "unknown", key.reason)
        }
    }

    /// The figures of relay-projects; none when it does not answer at once.
    func projectsFigures(completion: @escaping ([StatusFigure]) -> Void) {
        guard let projects, projects.isOpen else { return completion([]) }
        projects.figures(timeout: ProjectsClient.cachedTimeout, completion: completion)
    }
}
