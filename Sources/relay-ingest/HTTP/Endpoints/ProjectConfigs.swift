import Config
import JSON
import Model
import Wire

/// `POST /api/0/relays/projectconfigs/`: project states for relays below us. Version 1, of 2019, names
/// projects by their number, versions 2 and 3 by public key.
extension FrontDoor {
    /// Asks relay-projects and answers once all states are there or known to be late.
    func answerProjectConfigs(_ exchange: Exchange, _ body: [UInt8], _ relay: RelayPublicKey) {
        let version = projectConfigsVersion(exchange)
        guard (1...3).contains(version) else {
            exchange.answer(
                .failure(400, "unsupported version", causes: ["versions 1 to 3 are answered"]))
            return
        }
        let field = version == 1 ? "projects" : "publicKeys"
        guard let request = try? JSONValue(parsing: body), let list = request[field]?.arrayValue
        else {
            exchange.answer(.failure(400, "invalid JSON data", causes: ["\(field) is required"]))
            return
        }
        guard list.count <= Self.keysMax else {
            exchange.answer(
                .failure(413, "too many \(field)", causes: ["at most \(Self.keysMax) are answered"])
            )
            return
        }
        let asked = ProjectConfigsQuestion(
            version: version,
            isFull: relay.isInternal && (request["fullConfig"]?.boolValue ?? false),
            isGlobalWanted: request["global"]?.boolValue ?? false,
            isCacheBypassed: request["noCache"]?.boolValue ?? false)
        if version == 1 {
            answerProjectNumbers(exchange, body, list, asked, relay)
        } else {
            let names = list.compactMap(\.stringValue)
            gather(exchange, names, names.map { ProjectKey($0) }, asked, relay)
        }
    }

    /// The version of the question; 0 when nobody knows it.
    private func projectConfigsVersion(_ exchange: Exchange) -> Int {
        guard let text = FormEncoding.text("version", in: exchange.head.target.query) else {
            return 1
        }
        return Int(text) ?? 0
    }

    /// Version 1. States are kept by key here, so upstream is given the question when it is about a
    /// project of which no key has been seen yet.
    private func answerProjectNumbers(
        _ exchange: Exchange, _ body: [UInt8], _ list: [JSONValue],
        _ asked: ProjectConfigsQuestion, _ relay: RelayPublicKey
    ) {
        let projects = list.compactMap { value in
            value.uint64Value.map { ProjectID(rawValue: $0) }
                ?? value.stringValue.flatMap { ProjectID($0) }
        }
        guard projects.count == list.count else {
            exchange.answer(
                .failure(400, "invalid JSON data", causes: ["projects holds numbers of projects"]))
            return
        }
        flow.projectKeys(
            GetProjectKeys(projectIDs: projects), deadline: settings.queryTimeout
        ) { [self] answer in
            guard let answer else {
                exchange.answer(
                    Answer.failure(503, "project states are not available now")
                        .with("retry-after", "1"))
                return
            }
            if settings.isForwarding, settings.mode == .managed, answer.keys.contains(nil) {
                finishForward(exchange, body, isDecoded: true)
            } else {
                gather(exchange, projects.map(\.description), answer.keys, asked, relay)
            }
        }
    }

    /// Asks for the state of each key; a name without a key has none.
    private func gather(
        _ exchange: Exchange, _ names: [String], _ keys: [ProjectKey?],
        _ asked: ProjectConfigsQuestion, _ relay: RelayPublicKey
    ) {
        let gathering = ProjectConfigGathering(names: names, question: asked, relay: relay)
        // Both sides give up waiting for HTTP answers after `http.timeout`, 5 seconds by default.
        let deadline = min(settings.queryTimeout, .seconds(3))
        for (position, key) in keys.enumerated() {
            guard let key else {
                gathering.take(nil, at: position, isKnown: true)
                continue
            }
            let question = GetProjectState(
                projectKey: key, freshness: .fetched, isCacheBypassed: asked.isCacheBypassed)
            flow.projectState(question, deadline: deadline) { [self] answer in
                gathering.take(answer, at: position, isKnown: false)
                if gathering.isComplete { exchange.answer(gathering.answer(document)) }
            }
        }
        if names.isEmpty || gathering.isComplete {
            exchange.answer(gathering.answer(document))
        }
    }
}
