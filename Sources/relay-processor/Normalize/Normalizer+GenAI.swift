import JSON

/// Spans of generative models: the kind of operation, the model that answered, all tokens.
extension Normalizer {
    func normalizeGenAI() {
        let trace = eventContext(Key.trace, "trace")
        if trace.exists { normalizeGenAI(trace) }
        for span in document.children(of: find(Key.spans, in: event))
        where kind(span) == .object {
            normalizeGenAI(span)
        }
    }

    private func normalizeGenAI(_ span: JSONNode) {
        let operation = text(find(Key.op, in: span))
        let isGenAI =
            operation.map {
                $0.starts(with: "gen_ai.".utf8) || $0.starts(with: "ai.".utf8)
            } ?? false
        let known = find(Key.data, in: span)
        let name = document.find("gen_ai.operation.name", in: known)
        guard isGenAI || has(name) else { return }
        let data = objectEntry(Key.data, in: span)
        guard data.exists else { return }
        let type = (text(name) ?? operation).map(GenAIOperation.type) ?? "ai_client"
        let target = attribute("gen_ai.operation.type", of: data)
        meta.clear(target)
        document.setString(target, type)
        addModel(data)
        addTokens(data)
    }

    private func addModel(_ data: JSONNode) {
        let asked = document.find("gen_ai.request.model", in: data)
        guard has(asked), !has(document.find("gen_ai.response.model", in: data)) else { return }
        document.moveValue(
            to: attribute("gen_ai.response.model", of: data), from: document.copy(asked))
    }

    private func addTokens(_ data: JSONNode) {
        let known: StaticString = "gen_ai.usage.total_tokens"
        guard !has(document.find(known, in: data)) else { return }
        let input = document.double(of: document.find("gen_ai.usage.input_tokens", in: data))
        let output = document.double(of: document.find("gen_ai.usage.output_tokens", in: data))
        guard input != nil || output != nil else { return }
        document.setNumber(attribute(known, of: data), (input ?? 0) + (output ?? 0))
    }

    private func attribute(_ name: StaticString, of data: JSONNode) -> JSONNode {
        let found = document.find(name, in: data)
        if found.exists { return found }
        let node = document.makeNull()
        document.setKey(node, EventMeta.bytes(name))
        document.append(node, to: data)
        return node
    }
}

/// Kinds of operations of generative models, from their names.
enum GenAIOperation {
    static func type(_ name: UnsafeRawBufferPointer) -> StaticString {
        func isOne(of names: [StaticString]) -> Bool {
            names.contains { ByteText.compare(name, EventMeta.bytes($0)) == 0 }
        }
        if isOne(of: [
            "ai.run.generateText", "ai.run.generateObject", "ai.pipeline.generate_text",
            "ai.pipeline.generate_object", "ai.pipeline.stream_text",
            "ai.pipeline.stream_object", "gen_ai.create_agent", "create_agent",
            "gen_ai.invoke_agent", "invoke_agent",
        ]) {
            return "agent"
        }
        if isOne(of: ["gen_ai.execute_tool", "execute_tool"]) { return "tool" }
        if isOne(of: ["gen_ai.handoff", "handoff"]) { return "handoff" }
        if isOne(of: ["ai.processor", "processor_run"]) { return "other" }
        let clients: [StaticString] = [
            "ai.streamText.doStream", "ai.generateText.doGenerate", "ai.generateObject.doGenerate",
        ]
        if clients.contains(where: { name.starts(with: EventMeta.bytes($0)) }) {
            return "ai_client"
        }
        let agents: [StaticString] = ["ai.streamText", "ai.generateText", "ai.generateObject"]
        if agents.contains(where: { name.starts(with: EventMeta.bytes($0)) }) { return "agent" }
        return name.starts(with: "ai.toolCall".utf8) ? "tool" : "ai_client"
    }
}
