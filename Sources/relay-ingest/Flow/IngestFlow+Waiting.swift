import Config
import Model
import NIOCore
import Wire

/// Envelopes whose project's state cannot be had now: all of a project wait together for one answer.
extension IngestFlow {
    /// The envelope goes on when the state of its project may be known.
    func awaitState(_ flow: EnvelopeInFlight) {
        let key = flow.meta.projectKey
        let wait = waiters.wait(flow.ticket, for: key, using: &generator)
        if let wait { scheduleQuestion(about: key, after: wait) }
    }

    private func scheduleQuestion(about key: ProjectKey, after wait: Duration) {
        eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(wait.nanosecondsClamped)) {
            [weak self] in
            self?.askAbout(key)
        }
    }

    private func askAbout(_ key: ProjectKey) {
        guard waiters.askDue(key) else { return }
        let question = GetProjectState(projectKey: key, freshness: .fetched)
        projects?.projectState(question, timeout: config.limits.queryTimeout) {
            [weak self] answer in
            guard let self else { return }
            switch answer?.status {
            case .enabled, .disabled, .invalid:
                self.resume(self.waiters.release(key))
            case .pending, nil:
                if let wait = self.waiters.askFailed(key, using: &self.generator) {
                    self.scheduleQuestion(about: key, after: wait)
                }
            }
        }
    }

    /// relay-projects is back: everybody may ask again.
    func projectsLinkOpened() {
        resume(waiters.releaseAll())
    }

    private func resume(_ tickets: [StoreTicket]) {
        for ticket in tickets {
            guard let flow = inFlight[ticket] else { continue }
            perform(flow.machine.stateMayBeKnown(), flow)
        }
    }
}
