import JSON
import Testing

@testable import RelayProcessor

@Suite struct SchemaTests {
    @Test func tablesCompileWithoutProblems() {
        #expect(Schema.event.problems.isEmpty, "\(Schema.event.problems)")
    }

    @Test func keyConstantsMatchTheirNames() {
        let keys = Schema.event.keys
        for (position, name) in Key.names.enumerated() {
            #expect(Int(keys.id(of: name).rawValue) == position + 1, "\(name)")
        }
        #expect(keys.names[Int(Key.eventID.rawValue)] == "event_id")
        #expect(keys.names[Int(Key.remoteAddress.rawValue)] == "REMOTE_ADDR")
        #expect(keys.names[Int(Key.reason.rawValue)] == "reason")
    }

    @Test func walkFindsFieldsContextsAndImages() throws {
        let schema = Schema.event
        let document = JSONDocument(keys: schema.keys)
        let root = try document.parse(
            #"{"contexts":{"x":{"type":"os"},"foo":{"a":1}},"debug_meta":{"images":[{"type":"elf"}]}}"#
        )
        let contexts = document.find(Key.contexts, in: root)
        let field = schema.child(of: schema.root, key: Key.contexts)
        let entry = document.firstChild(of: contexts)
        let context = schema.refine(
            schema.child(of: field, key: document.keyID(of: entry)), entry, in: document)
        #expect(schema.records[Int(schema[context].record)].name == "OsContext")
        let other = document.next(after: entry)
        let rule = schema[
            schema.refine(
                schema.child(of: field, key: document.keyID(of: other)), other, in: document)]
        #expect(rule.kind == .object)
        #expect(rule.pii == .yes)
        let frames = schema[
            schema.child(of: schema.root, key: Key.stacktrace)]
        #expect(frames.valueTypes == .stacktrace)
    }
}
