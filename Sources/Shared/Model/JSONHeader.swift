/// A value to be written into a header object.
public enum JSONHeaderValue: Hashable, Sendable {
    /// Text; it is quoted and escaped.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// A boolean.
    case bool(Bool)
    /// JSON text as it is; it must not contain newlines.
    case json([UInt8])
    /// Leaves the field out.
    case absent
}

/// Edits of JSON objects that stand on one line: envelope and item headers.
public enum JSONHeader {
    /// A copy of the object `bytes` in which the fields given have the values given; all others
    /// stay byte for byte, in their order. New fields come last. `bytes` must be a JSON object that
    /// was read before; anything else counts as an empty object.
    public static func setting(
        _ fields: [(name: String, value: JSONHeaderValue)], in bytes: ArraySlice<UInt8>
    ) -> [UInt8] {
        var result: [UInt8] = [UInt8(ascii: "{")]
        result.reserveCapacity(bytes.count + 32 + fields.count * 48)
        if bytes.count > 2 {
            bytes.withUnsafeBufferPointer { buffer in
                let kept = (try? members(of: buffer, except: fields.map(\.name))) ?? []
                for range in kept {
                    if result.count > 1 { result.append(UInt8(ascii: ",")) }
                    result.append(contentsOf: buffer[range])
                }
            }
        }
        for field in fields {
            if case .absent = field.value { continue }
            if result.count > 1 { result.append(UInt8(ascii: ",")) }
            JSONTextString.append(field.name, to: &result)
            result.append(UInt8(ascii: ":"))
            append(field.value, to: &result)
        }
        result.append(UInt8(ascii: "}"))
        return result
    }

    private static func append(_ value: JSONHeaderValue, to result: inout [UInt8]) {
        switch value {
        case .string(let text): JSONTextString.append(text, to: &result)
        case .integer(let number): result.append(contentsOf: String(number).utf8)
        case .bool(let flag): result.append(contentsOf: (flag ? "true" : "false").utf8)
        case .json(let text): result.append(contentsOf: text)
        case .absent: break
        }
    }

    /// Where the members (key, colon and value) lie whose keys are not excepted.
    private static func members(
        of bytes: UnsafeBufferPointer<UInt8>, except names: [String]
    ) throws(JSONTextError) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var text = JSONText(bytes)
        try text.enterObject()
        var isFirst = true
        while true {
            let start = text.startOfNextKey
            guard let key = try text.nextKey(isFirst: &isFirst) else { break }
            let value = try text.raw()
            if !names.contains(key) { ranges.append(start..<value.upperBound) }
        }
        return ranges
    }
}

extension JSONText {
    /// Where the next key of the object starts, behind a comma if there is one.
    fileprivate var startOfNextKey: Int {
        var ahead = self
        guard ahead.peek() == UInt8(ascii: ",") else { return ahead.position }
        ahead = JSONText(bytes, from: ahead.position + 1)
        _ = ahead.peek()
        return ahead.position
    }
}
