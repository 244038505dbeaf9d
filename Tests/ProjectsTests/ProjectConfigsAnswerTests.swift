import JSON
import Model
import Testing
import Wire

@testable import RelayProjects

@Suite struct ProjectConfigsAnswerTests {
    func read(
        _ text: String, keys: [ProjectKey], limits: ProjectStateLimits = ProjectStateLimits()
    ) throws -> ProjectConfigsAnswer {
        try ProjectConfigsReader(limits: limits).read(Array(text.utf8), keys: keys)
    }

    /// A word for each entry: the project's number, or what it is instead.
    func words(_ answer: ProjectConfigsAnswer) -> [String] {
        answer.entries.map { _, entry in
            switch entry {
            case .state(let snapshot): snapshot.projectID.map(\.description) ?? "state"
            case .missing: "missing"
            case .invalid: "invalid"
            case .pending: "pending"
            }
        }
    }

    @Test func requestNamesKeysAndFlags() {
        let body = ProjectConfigsRequest.body(
            keys: [key(1), key(2)], isFullConfig: true, isBypassing: false)
        #expect(
            String(decoding: body, as: UTF8.self)
                == "{\"publicKeys\":[\"a0a0a0a0a0a0a0a00000000000000001\","
                + "\"a0a0a0a0a0a0a0a00000000000000002\"],\"fullConfig\":true,\"noCache\":false}")
    }

    @Test func version1ByProjectNumber() throws {
        let text =
            "{\"configs\":{\"42\":\(stateText(project: nil, keys: [key(1), key(2)])),\"43\":null}}"
        let answer = try read(text, keys: [key(2), key(3), key(1)])
        #expect(words(answer) == ["42", "missing", "42"])
    }

    @Test func version2ByKey() throws {
        let text = """
            {"configs":{
              "\(key(1))":\(stateText(project: 1, keys: [key(1)])),
              "\(key(2))":null,
              "\(key(3))":{"disabled":true}
            }}
            """
        let answer = try read(text, keys: [key(1), key(2), key(3), key(4)])
        #expect(words(answer) == ["1", "missing", "state", "missing"])
        guard case .state(let disabled) = answer.entries[2].entry else { return }
        #expect(disabled.status == .disabled)
    }

    @Test func version3WithPendingAndGlobal() throws {
        let text = """
            {"configs":{"\(key(1))":\(stateText(project: 1, keys: [key(1)]))},
             "pending":["\(key(2))","\(key(9))","nonsense",7],
             "global":{"measurements":{}},"global_status":"ready","unchanged":[]}
            """
        let answer = try read(text, keys: [key(1), key(2), key(3)])
        #expect(words(answer) == ["1", "pending", "missing"])
        #expect(answer.unexpectedCount == 3)
    }

    @Test(arguments: [
        "7", "\"text\"", "[]", "true", "{\"publicKeys\":\"this is not a list\"}",
        "{\"config\":7}", "{\"publicKeys\":[{\"publicKey\":\"short\"}]}", "{\"disabled\":3}",
    ])
    func malformedStateHarmsOneKey(state: String) throws {
        let text = """
            {"configs":{"\(key(1))":\(state),
                        "\(key(2))":\(stateText(project: 2, keys: [key(2)]))}}
            """
        #expect(words(try read(text, keys: [key(1), key(2)])) == ["invalid", "2"])
    }

    @Test func stateOverTheLimitHarmsOneKey() throws {
        let long = String(repeating: "x", count: 5000)
        let text = """
            {"configs":{
              "\(key(1))":\(stateText(project: 1, keys: [key(1)], extra: ",\"slug\":\"\(long)\"")),
              "\(key(2))":\(stateText(project: 2, keys: [key(2)]))}}
            """
        let answer = try read(
            text, keys: [key(1), key(2)], limits: ProjectStateLimits(stateBytesMax: 4000))
        #expect(words(answer) == ["invalid", "2"])
    }

    @Test func bytesOfEachStateAreKeptApartAndWhole() throws {
        let extra = ",\"config\":{\"piiConfig\":{\"n\":1.50,\"u\":\"\\u00e4\",\"z\":[1e400]}}"
        let text = """
            {"configs":{"\(key(1))":\(stateText(project: 1, keys: [key(1)], extra: extra)),
                        "\(key(2))":\(stateText(project: 2, keys: [key(2)]))}}
            """
        let answer = try read(text, keys: [key(1), key(2)])
        guard case .state(let first) = answer.entries[0].entry,
            case .state(let second) = answer.entries[1].entry
        else {
            Issue.record("no states")
            return
        }
        let copy = String(decoding: first.bytes, as: UTF8.self)
        #expect(copy.contains("\"piiConfig\":{\"n\":1.50,\"u\":\"ä\",\"z\":[1e400]}"))
        #expect(first.revision != second.revision)
        let again = try read(text, keys: [key(1)])
        guard case .state(let same) = again.entries[0].entry else { return }
        #expect(same.revision == first.revision)
    }

    @Test func entryNobodyAskedForIsLeftOut() throws {
        let text = "{\"configs\":{\"\(key(9))\":{},\"not a key\":{}}}"
        let answer = try read(text, keys: [key(1)])
        #expect(words(answer) == ["missing"])
        #expect(answer.unexpectedCount == 2)
    }

    @Test(arguments: ["", "<html>", "[]", "{}", "{\"configs\":[]}", "{\"configs\":{}} x"])
    func answerThatIsNone(text: String) {
        #expect(throws: UpstreamAnswerError.self) { try read(text, keys: [key(1)]) }
    }

    @Test func truncatedAnswerIsAlwaysAnError() throws {
        let text = Array(
            "{\"configs\":{\"\(key(1))\":\(stateText(project: 1, keys: [key(1)]))},\"pending\":[]}"
                .utf8)
        let reader = ProjectConfigsReader(limits: ProjectStateLimits())
        for count in 0..<text.count {
            #expect(throws: UpstreamAnswerError.self) {
                try reader.read(Array(text[..<count]), keys: [key(1)])
            }
        }
        #expect(try reader.read(text, keys: [key(1)]).entries.count == 1)
    }
}
