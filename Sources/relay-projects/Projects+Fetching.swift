import Logging
import Model
import NIOCore
import Upstream
import Wire

extension Projects {
    /// Gets what a project object needs.
    func fulfil(_ need: FetchNeed, _ key: ProjectKey, now: MonotonicTime) {
        switch need {
        case .none: break
        case .load: loadState(of: key)
        case .fetch, .fetchBypassing:
            let isHopeful = batcher.want(key, isBypassing: need == .fetchBypassing, now: now)
            if !isHopeful || standing.isTroubled {
                deliver(table.fetchFailed(key, now: now))
            }
        }
    }

    /// The upstream's opinion of us, or its reach, has changed.
    func standingChanged(_ new: UpstreamStanding) {
        let now = clocks.now()
        let before = standing
        standing = new
        if before.isDown, !new.isDown {
            batcher.upstreamReturned(now: now)
            relayKeyBatcher.upstreamReturned(now: now)
        }
        batcher.setPaused(!new.isUsable, now: now)
        relayKeyBatcher.setPaused(!new.isUsable, now: now)
        if new.isTroubled, !before.isTroubled {
            for key in batcher.keys { deliver(table.fetchFailed(key, now: now)) }
            deliver(relayKeys.fetchFailed(now: now))
        }
        settle()
    }

    // MARK: Project states

    /// Sends the requests that are due.
    func sendBatches(now: MonotonicTime) {
        let action = batcher.tick(now: now)
        for id in action.timedOut {
            batchFailed(id, .unreachable("no answer within limits.query_timeout"), now: now)
        }
        for batch in action.send {
            batches[batch.id] = batch
            let query = SignedQuery(
                path: ProjectConfigsRequest.path,
                body: ProjectConfigsRequest.body(
                    keys: batch.keys, isFullConfig: settings.isFullConfig,
                    isBypassing: batch.isBypassing),
                answerBytesMax: settings.states.answerBytesMax)
            registration?.ask(query) { [weak self] result in
                guard let self else { return }
                batchAnswered(batch.id, result)
                settle()
            }
        }
    }

    private func batchAnswered(_ id: UInt64, _ result: SignedQueryResult) {
        let now = clocks.now()
        guard let batch = batches[id] else { return }
        switch result {
        case .failed(let failure):
            batchFailed(id, failure, now: now)
        case .answered(let body):
            let answer: ProjectConfigsAnswer
            do {
                answer = try configsReader.read(body, keys: batch.keys)
            } catch {
                batchFailed(id, .refused("unreadable answer: \(error.description)"), now: now)
                return
            }
            batches[id] = nil
            take(answer, of: id, now: now)
        }
    }

    /// Hands each key its part of an answer.
    private func take(_ answer: ProjectConfigsAnswer, of id: UInt64, now: MonotonicTime) {
        var pending: [ProjectKey] = []
        for case (let key, .pending) in answer.entries { pending.append(key) }
        for (key, pendings) in batcher.completed(id, pending: pending, now: now) {
            // Every tenth time: a state that never gets ready must not go unnoticed.
            guard pendings % 10 == 0 else { continue }
            logger.warning(
                "the upstream is still computing a project state",
                metadata: metadata(key, reason: "pending \(pendings) times"))
        }
        for (key, entry) in answer.entries {
            switch entry {
            case .pending:
                deliver(table.fetchFailed(key, now: now))
            case .state(let snapshot):
                counters.statesFetched += 1
                complete(key, .state(snapshot), snapshot: snapshot, now: now)
            case .missing:
                counters.statesMissing += 1
                complete(key, .missing, snapshot: nil, now: now)
            case .invalid(let reason):
                counters.statesInvalid += 1
                logger.error(
                    "malformed project state from the upstream",
                    metadata: metadata(
                        key, reason: reason, retryIn: settings.cache.missExpiry))
                complete(key, .invalid, snapshot: nil, now: now)
            }
        }
        if answer.unexpectedCount > 0 {
            logger.debug(
                "the upstream's answer has entries that nobody asked for",
                metadata: ["entries": .stringConvertible(answer.unexpectedCount)])
        }
    }

    private func complete(
        _ key: ProjectKey, _ fetched: ProjectStateMachine.Fetched, snapshot: ProjectSnapshot?,
        now: MonotonicTime
    ) {
        let completion = table.fetchCompleted(key, fetched, now: now)
        deliver(completion.resumptions)
        keep(completion.store, snapshot, key: key, now: now)
        fulfil(completion.need, key, now: now)
    }

    private func batchFailed(_ id: UInt64, _ failure: SignedQueryFailure, now: MonotonicTime) {
        guard let batch = batches.removeValue(forKey: id) else { return }
        counters.failedRequests += 1
        let action = batcher.failed(id, Self.failure(failure), now: now)
        logFailure(
            "project states could not be fetched", failure, examples: batch.keys,
            count: batch.keys.count, retryIn: action.nextAttempt)
        for key in action.failing { deliver(table.fetchFailed(key, now: now)) }
    }

    // MARK: Public keys of relays

    /// Sends the requests that are due.
    func sendRelayKeyBatches(now: MonotonicTime) {
        let action = relayKeyBatcher.tick(now: now)
        for id in action.timedOut {
            relayKeyBatchFailed(id, .unreachable("no answer within limits.query_timeout"))
        }
        for batch in action.send {
            relayKeyBatches[batch.id] = batch
            let query = SignedQuery(
                path: RelayKeysQuery.path, body: RelayKeysQuery.body(relayIDs: batch.keys),
                answerBytesMax: 4 << 20)
            registration?.ask(query) { [weak self] result in
                guard let self else { return }
                relayKeysAnswered(batch.id, result)
                settle()
            }
        }
    }

    private func relayKeysAnswered(_ id: UInt64, _ result: SignedQueryResult) {
        guard let batch = relayKeyBatches[id] else { return }
        switch result {
        case .failed(let failure):
            relayKeyBatchFailed(id, failure)
        case .answered(let body):
            let relays: [RelayPublicKey]
            do {
                relays = try RelayKeysQuery.read(body, relayIDs: batch.keys)
            } catch {
                relayKeyBatchFailed(id, .refused("unreadable answer: \(error.description)"))
                return
            }
            relayKeyBatches[id] = nil
            let now = clocks.now()
            _ = relayKeyBatcher.completed(id, pending: [], now: now)
            deliver(relayKeys.fetchCompleted(relays, now: now))
        }
    }

    private func relayKeyBatchFailed(_ id: UInt64, _ failure: SignedQueryFailure) {
        guard let batch = relayKeyBatches.removeValue(forKey: id) else { return }
        counters.failedRequests += 1
        let now = clocks.now()
        let action = relayKeyBatcher.failed(id, Self.failure(failure), now: now)
        logFailure(
            "public keys of relays could not be fetched", failure, examples: batch.keys,
            count: batch.keys.count, retryIn: action.nextAttempt)
        deliver(relayKeys.fetchFailed(now: now))
    }

    // MARK: Log

    /// Which kind of failure it is for the batcher.
    private static func failure<Key>(
        _ failure: SignedQueryFailure
    ) -> FetchBatcher<Key>.Failure {
        switch failure {
        case .unreachable, .unauthorized, .denied: .away(retryAfter: nil)
        case .unavailable(_, let retryAfter): .away(retryAfter: retryAfter)
        case .refused: .refused
        }
    }

    private func logFailure(
        _ message: Logger.Message, _ failure: SignedQueryFailure,
        examples: [some CustomStringConvertible], count: Int, retryIn: Duration
    ) {
        var metadata: Logger.Metadata = [
            "upstream": .string(settings.upstreamName),
            "reason": .string(failure.description),
            "count": .stringConvertible(count),
            "keys": .array(examples.prefix(5).map { .string($0.description) }),
            "retry_in_ms": .stringConvertible(retryIn.millisecondsClamped),
        ]
        if let status = failure.status { metadata["status"] = .stringConvertible(status) }
        logger.warning(message, metadata: metadata)
    }

    private func metadata(
        _ key: ProjectKey, reason: String, retryIn: Duration? = nil
    ) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "project_key": .stringConvertible(key), "upstream": .string(settings.upstreamName),
            "reason": .string(reason),
        ]
        if let retryIn {
            metadata["retry_in_ms"] = .stringConvertible(retryIn.millisecondsClamped)
        }
        return metadata
    }
}
