import JSON
import Testing

@Suite struct ValueTests {
    let value: JSONValue = [
        "name": "relay", "port": 3000, "ratio": 0.5, "on": true, "none": nil,
        "list": [1, "two", []],
        "nested": ["key": ["deep": "value"]],
    ]

    @Test func lookups() {
        #expect(value["name"]?.stringValue == "relay")
        #expect(value["port"]?.intValue == 3000)
        #expect(value["port"]?.uint64Value == 3000)
        #expect(value["port"]?.doubleValue == 3000)
        #expect(value["ratio"]?.doubleValue == 0.5)
        #expect(value["ratio"]?.intValue == nil)
        #expect(value["on"]?.boolValue == true)
        #expect(value["none"]?.isNull == true)
        #expect(value["list"]?[1]?.stringValue == "two")
        #expect(value["list"]?[3] == nil)
        #expect(value["list"]?.arrayValue?.count == 3)
        #expect(value["nested"]?["key"]?["deep"]?.stringValue == "value")
        #expect(value.objectValue?.count == 7)
        #expect(value["missing"] == nil)
        #expect(value["name"]?["x"] == nil)
        #expect(value["name"]?[0] == nil)
        #expect(JSONValue.bool(true).stringValue == nil)
    }

    @Test func textAndBack() throws {
        let text = value.text()
        #expect(
            text == #"{"name":"relay","port":3000,"ratio":0.5,"on":true,"none":null,"#
                + #""list":[1,"two",[]],"nested":{"key":{"deep":"value"}}}"#)
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: value.serialized(pretty: true)) == value)
        let document = smallDocument()
        #expect(document.text(document.makeNode(value)) == text)
    }

    @Test func duplicatesAndDigitsStay() throws {
        let parsed = try JSONValue(parsing: #"{"a":1,"a":12345678901234567890.10}"#)
        #expect(parsed.text() == #"{"a":1,"a":12345678901234567890.10}"#)
        #expect(parsed["a"]?.doubleValue == 12345678901234567890.10)
        #expect(throws: JSONError(.trailingBytes, offset: 3)) { try JSONValue(parsing: "{} x") }
    }

    @Test func equality() {
        #expect(value == value)
        #expect(JSONValue.number("1") != .number("1.0"))
        #expect(JSONValue.object([("a", 1)]) != .object([("b", 1)]))
        #expect(JSONValue.array([1]) != .array([1, 2]))
        #expect(JSONValue.null != .bool(false))
    }

    @Test func depthIsBounded() {
        var deep: JSONValue = []
        for _ in 0..<500 { deep = .array([deep]) }
        let document = smallDocument()
        #expect(!document.makeNode(deep).exists)
        #expect(document.exhausted == .depthExceeded)
    }

    @Test func invalidNumbersBecomeNull() {
        let bad = JSONValue.array([.number("1;2"), .number("")])
        #expect(bad.text() == "[null,null]")
        let document = smallDocument()
        #expect(document.text(document.makeNode(bad)) == "[null,null]")
    }
}
