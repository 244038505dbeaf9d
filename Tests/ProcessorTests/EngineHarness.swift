import JSON

@testable import RelayProcessor

/// Runs events through an engine as the command line and the processor do.
struct EngineHarness {
    let engine = EventEngine()

    /// The event after reading by the schema.
    func parsed(_ event: String) throws -> JSONValue {
        try run(event, nil)
    }

    /// The event after normalisation at 2023-11-14T22:13:20Z.
    func normalized(
        _ event: String, _ change: (inout NormalizationContext) throws -> Void = { _ in }
    ) throws -> JSONValue {
        var context = NormalizationContext(receivedAtMicroseconds: 1_700_000_000_000_000)
        context.projectID = 42
        context.enableTrimming = true
        context.removeOther = true
        context.infersClientIP = false
        try change(&context)
        return try run(event, context)
    }

    private func run(_ event: String, _ context: NormalizationContext?) throws -> JSONValue {
        let root = try Array(event.utf8).withUnsafeBytes { try engine.parse($0) }
        if let context { try engine.normalize(root, context) }
        try engine.write(root)
        let document = JSONDocument()
        return JSONValue(try document.parse(engine.writer.bytes), of: document).sorted
    }
}

extension JSONValue {
    /// The same value with the members of all objects in the order of their keys: the engine's
    /// output has no particular order.
    var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let members):
            .object(members.map { ($0.0, $0.1.sorted) }.sorted { $0.0 < $1.0 })
        default: self
        }
    }
}
