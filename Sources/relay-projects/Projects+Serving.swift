import Logging
import Model
import NIOCore
import Upstream
import Wire

extension Projects {
    /// A link is open; `send` writes frames to it.
    public func linkOpened(_ link: UInt64, send: @escaping (Frame) -> Void) {
        links[link] = send
        send(Frame(requestID: 0, message: .status(status)))
    }

    /// A link is gone. What it waits for is answered to nobody.
    public func linkClosed(_ link: UInt64) {
        links[link] = nil
    }

    /// A frame came in on a link.
    public func received(_ frame: Frame, on link: UInt64) {
        let waiter = WaiterID(link: link, request: frame.requestID)
        let now = clocks.now()
        switch frame.message {
        case .getProject(let question):
            counters.questions += 1
            let (projectID, need) = table.getProject(question.projectKey, now: now)
            send(.project(ProjectAnswer(projectID: projectID)), to: waiter)
            fulfil(need, question.projectKey, now: now)
        case .getProjectState(let question):
            ask(
                question.projectKey, .state, freshness: question.freshness,
                isCacheBypassed: question.isCacheBypassed, waiter: waiter, now: now)
        case .getEventAction(let question):
            ask(
                question.projectKey,
                .eventAction(projectID: question.projectID, origin: question.origin),
                freshness: question.freshness, isCacheBypassed: question.isCacheBypassed,
                waiter: waiter, now: now)
        case .updateRateLimits(let update):
            counters.rateLimitUpdates += 1
            table.updateRateLimits(update.projectKey, update.rateLimits, now: now)
        case .getRelayPublicKeys(let question):
            counters.relayKeyQuestions += 1
            askRelayKeys(question.relayIDs, waiter: waiter, now: now)
        case .getStatus:
            var answer = status
            answer.figures = figures
            send(.status(answer), to: waiter)
        case .getProjectKeys(let question):
            counters.questions += 1
            let keys = table.keys(of: question.projectIDs)
            send(.projectKeys(ProjectKeysAnswer(keys: keys)), to: waiter)
        case .hello, .ping, .pong, .drain, .project, .projectState, .eventAction,
            .relayPublicKeys, .status, .projectKeys, .projectConfiguration, .forgetConfiguration,
            .processEvent, .eventProcessed, .grantCredits:
            // The link has seen to these, or closed itself over them.
            break
        }
        settle()
    }

    private func ask(
        _ key: ProjectKey, _ question: ProjectQuestion, freshness: StateFreshness,
        isCacheBypassed: Bool, waiter: WaiterID, now: MonotonicTime
    ) {
        counters.questions += 1
        let action = table.ask(
            key, question, freshness: freshness, isCacheBypassed: isCacheBypassed,
            waiter: waiter, now: now)
        switch action {
        case .answer(let reply, let need):
            deliver(reply, to: waiter)
            fulfil(need, key, now: now)
        case .wait(_, let need):
            counters.waited += 1
            fulfil(need, key, now: now)
        }
    }

    private func askRelayKeys(_ relayIDs: [String], waiter: WaiterID, now: MonotonicTime) {
        switch relayKeys.ask(relayIDs, waiter: waiter, now: now) {
        case .answer(let answer):
            send(.relayPublicKeys(answer), to: waiter)
        case .wait(_, let wanted):
            for id in wanted {
                _ = relayKeyBatcher.want(id, isBypassing: false, now: now)
            }
            if standing.isTroubled || relayKeyBatcher.isAway {
                deliver(relayKeys.fetchFailed(now: now))
            }
        }
    }

    // MARK: Answers

    /// Sends answers to those who waited.
    func deliver(_ resumptions: [Resumption]) {
        for resumption in resumptions { deliver(resumption.reply, to: resumption.waiter) }
    }

    /// Sends public keys to those who waited.
    func deliver(_ due: [RelayKeyTable.Due]) {
        for each in due { send(.relayPublicKeys(each.answer), to: each.waiter) }
    }

    private func deliver(_ reply: ProjectReply, to waiter: WaiterID) {
        switch reply {
        case .state(let answer):
            if answer.isStale { counters.staleAnswers += 1 }
            send(.projectState(answer), to: waiter)
        case .eventAction(let answer):
            send(.eventAction(answer), to: waiter)
        }
    }

    private func send(_ message: Message, to waiter: WaiterID) {
        links[waiter.link]?(Frame(requestID: waiter.request, message: message))
    }

    /// Tells every link when the status is another than before.
    func pushStatus() {
        let current = status
        guard current != reportedStatus else { return }
        reportedStatus = current
        for send in links.values { send(Frame(requestID: 0, message: .status(current))) }
    }

    /// Nobody could tell those who waited anything (new) in time.
    func timeIsUp(_ resumptions: [Resumption]) {
        deliver(resumptions)
        var pending = 0
        var example: ProjectKey?
        for resumption in resumptions {
            if case .state(let answer) = resumption.reply, answer.status != .pending { continue }
            if case .eventAction(let answer) = resumption.reply, answer.revision != 0 { continue }
            pending += 1
            example = example ?? resumption.key
        }
        guard pending > 0, let example else { return }
        counters.unanswered += pending
        logger.warning(
            "no project state in time; the questions are answered without one",
            metadata: [
                "questions": .stringConvertible(pending),
                "project_key": .stringConvertible(example),
                "upstream": .string(settings.upstreamName),
                "upstream_status": .string(summary),
            ])
    }
}
