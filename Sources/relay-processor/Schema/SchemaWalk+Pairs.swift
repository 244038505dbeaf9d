import JSON
import Model

/// Lists of `[key, value]`: tags, headers, cookies, query strings.
extension SchemaWalk {
    func readPairList(_ node: JSONNode, _ rule: FieldRule, _ kind: JSONKind) {
        switch (kind, rule.kind) {
        case (.array, _): readPairs(node, rule)
        case (.object, _): readPairObject(node, rule)
        case (.string, .query): readQueryString(node)
        case (.string, .cookies): readCookieString(node)
        default:
            switch rule.kind {
            case .query: meta.reject(node, reason: "expected a query string or map")
            case .cookies: meta.reject(node, reason: "expected cookies")
            default: meta.reject(node, reason: "expected an array")
            }
        }
    }

    private func readPairs(_ node: JSONNode, _ rule: FieldRule) {
        for pair in document.children(of: node) {
            let kind = document.kind(of: pair)
            if kind == .null { continue }
            guard kind == .array, document.childCount(of: pair) == 2 else {
                meta.reject(pair, reason: "expected a tuple")
                continue
            }
            let name = document.firstChild(of: pair)
            if document.kind(of: name) != .null { readName(name, rule) }
            readPairValue(document.next(after: name), rule)
        }
    }

    /// An object becomes the list of its members, sorted by key.
    private func readPairObject(_ node: JSONNode, _ rule: FieldRule) {
        var members: [JSONNode] = []
        members.reserveCapacity(document.childCount(of: node))
        while true {
            let member = document.removeNext(after: .none, from: node)
            guard member.exists else { break }
            members.append(member)
        }
        document.setEmptyArray(node)
        var pairs: [JSONNode] = []
        for member in sortedUnique(members) {
            let pair = document.makeArray()
            let name = document.makeString(document.keyBytes(of: member))
            readName(name, rule)
            document.append(name, to: pair)
            document.append(member, to: pair)
            readPairValue(member, rule)
            pairs.append(pair)
        }
        // Header names change by their capitals.
        if rule.kind == .headers {
            pairs.sort {
                ByteText.compare(
                    document.textBytes(of: document.firstChild(of: $0)),
                    document.textBytes(of: document.firstChild(of: $1))) < 0
            }
        }
        for pair in pairs { document.append(pair, to: node) }
    }

    /// By key; of repeated keys the last one.
    private func sortedUnique(_ members: [JSONNode]) -> [JSONNode] {
        let order = members.indices.sorted { left, right in
            let order = ByteText.compare(
                document.keyBytes(of: members[left]), document.keyBytes(of: members[right]))
            return order == 0 ? left < right : order < 0
        }
        var result: [JSONNode] = []
        result.reserveCapacity(order.count)
        for index in order {
            if let last = result.last,
                ByteText.compare(
                    document.keyBytes(of: last), document.keyBytes(of: members[index])) == 0
            {
                result.removeLast()
            }
            result.append(members[index])
        }
        return result
    }

    private func readName(_ name: JSONNode, _ rule: FieldRule) {
        let kind = document.kind(of: name)
        switch rule.kind {
        case .tags:
            readLenientString(name, kind)
            dashSpaces(name)
            trim(name)
        case .headers:
            guard kind == .string else {
                return meta.reject(name, reason: "expected a string")
            }
            capitalizeWords(name)
        default:
            if kind != .string { meta.reject(name, reason: "expected a string") }
        }
    }

    private func readPairValue(_ value: JSONNode, _ rule: FieldRule) {
        let kind = document.kind(of: value)
        guard kind != .null else { return }
        switch rule.kind {
        case .tags:
            readLenientString(value, kind)
            trim(value)
        case .headers:
            if kind == .array { joinHeaderValues(value) } else { readLenientString(value, kind) }
        case .query: readJSONString(value, kind)
        default:
            if kind != .string { meta.reject(value, reason: "expected a string") }
        }
    }

    /// Several values of one header are joined by commas.
    private func joinHeaderValues(_ node: JSONNode) {
        var text: [UInt8] = []
        for item in document.children(of: node) {
            let kind = document.kind(of: item)
            if kind == .null { continue }
            readLenientString(item, kind)
            meta.addErrors(of: item, to: node)
            guard let bytes = document.stringBytes(of: item) else { continue }
            if !text.isEmpty { text.append(0x2C) }
            text.append(contentsOf: bytes)
        }
        text.withUnsafeBytes { document.setString(node, $0) }
    }

    /// Cuts white space around a text.
    func trim(_ node: JSONNode) {
        guard let bytes = document.stringBytes(of: node) else { return }
        let range = WhiteSpace.trimmed(bytes)
        if range.count != bytes.count { document.narrowString(node, to: range) }
    }

    private func dashSpaces(_ name: JSONNode) {
        guard let bytes = document.stringBytes(of: name), bytes.contains(0x20) else { return }
        document.setString(name, byteCountMax: bytes.count) { target in
            for index in 0..<bytes.count {
                target[index] = bytes[index] == 0x20 ? 0x2D : bytes[index]
            }
            return bytes.count
        }
    }

    /// Each part between dashes gets a capital first letter.
    private func capitalizeWords(_ name: JSONNode) {
        guard let bytes = document.stringBytes(of: name) else { return }
        var isFirst = true
        var isRight = true
        for byte in bytes {
            if isFirst, byte >= 0x61 && byte <= 0x7A || byte >= 0x80 { isRight = false }
            isFirst = byte == 0x2D
        }
        if isRight { return }
        guard document.hasNonASCII(name) else {
            return document.setString(name, byteCountMax: bytes.count) { target in
                var isFirst = true
                for index in 0..<bytes.count {
                    let byte = bytes[index]
                    let isSmall = byte >= 0x61 && byte <= 0x7A
                    target[index] = isFirst && isSmall ? byte & 0xDF : byte
                    isFirst = byte == 0x2D
                }
                return bytes.count
            }
        }
        var text = ""
        isFirst = true
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            text += isFirst ? scalar.properties.uppercaseMapping : String(scalar)
            isFirst = scalar == "-"
        }
        document.setString(name, text)
    }

    // MARK: Query strings

    private func readQueryString(_ node: JSONNode) {
        guard let text = document.stringBytes(of: node) else { return }
        let bytes = text.first == 0x3F ? UnsafeRawBufferPointer(rebasing: text[1...]) : text
        document.setEmptyArray(node)
        appendFormPairs(bytes, to: node)
    }

    /// Appends the `key=value` pairs of a form-encoded text, decoded.
    func appendFormPairs(_ bytes: UnsafeRawBufferPointer, to list: JSONNode) {
        for part in bytes.split(separator: 0x26) {
            let pair = document.makeArray()
            let equals = part.firstIndex(of: 0x3D) ?? part.endIndex
            let name = UnsafeRawBufferPointer(rebasing: part[..<equals])
            let value = UnsafeRawBufferPointer(
                rebasing: part[min(equals + 1, part.endIndex)...])
            document.append(decodedForm(name), to: pair)
            document.append(decodedForm(value), to: pair)
            document.append(pair, to: list)
        }
    }

    /// `+` is a space, `%xx` a byte; what is no UTF-8 then is replaced.
    func decodedForm(_ bytes: UnsafeRawBufferPointer) -> JSONNode {
        guard bytes.contains(0x25) || bytes.contains(0x2B) else {
            return document.makeString(bytes)
        }
        let decoded = PercentEncoding.decode(bytes, plusIsSpace: true)
        return document.makeString(String(decoding: decoded, as: UTF8.self))
    }

    // MARK: Cookies

    private func readCookieString(_ node: JSONNode) {
        guard let text = document.stringBytes(of: node) else { return }
        let original = document.makeString(text)
        document.setEmptyArray(node)
        appendCookies(text, to: node, reportTo: node, original: original)
    }

    /// Appends the cookies of a `Cookie` header; faulty ones are reported once each.
    func appendCookies(
        _ text: UnsafeRawBufferPointer, to list: JSONNode, reportTo node: JSONNode,
        original: JSONNode
    ) {
        for part in text.split(separator: 0x3B) {
            let trimmed = trimmedSlice(part)
            if trimmed.isEmpty { continue }
            guard let equals = trimmed.firstIndex(of: 0x3D) else {
                reportCookie(node, "the cookie is missing a name/value pair", original)
                continue
            }
            let name = trimmedSlice(trimmed[..<equals])
            let value = trimmedSlice(trimmed[(equals + 1)...])
            if name.isEmpty {
                reportCookie(node, "the cookie's name is empty", original)
                continue
            }
            let pair = document.makeArray()
            document.append(decodedCookie(name), to: pair)
            document.append(decodedCookie(value), to: pair)
            document.append(pair, to: list)
        }
    }

    private func trimmedSlice(_ slice: Slice<UnsafeRawBufferPointer>)
        -> Slice<UnsafeRawBufferPointer>
    {
        let bytes = UnsafeRawBufferPointer(rebasing: slice)
        let range = WhiteSpace.trimmed(bytes)
        return slice[(slice.startIndex + range.lowerBound)..<(slice.startIndex + range.upperBound)]
    }

    private func reportCookie(_ node: JSONNode, _ reason: StaticString, _ original: JSONNode) {
        let data = document.makeObject()
        document.append(
            document.makeString(EventMeta.bytes(reason)), to: data, key: Key.reason)
        meta.addError(
            node, kind: document.makeString(EventMeta.bytes("invalid_data")), data: data)
        meta.setOriginal(node, original)
    }

    private func decodedCookie(_ slice: Slice<UnsafeRawBufferPointer>) -> JSONNode {
        let bytes = UnsafeRawBufferPointer(rebasing: slice)
        guard bytes.contains(0x25) else { return document.makeString(bytes) }
        let decoded = PercentEncoding.decode(bytes, plusIsSpace: false)
        return document.makeString(String(decoding: decoded, as: UTF8.self))
    }
}

/// White space as Unicode defines it.
enum WhiteSpace {
    /// The range without white space around it.
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        var start = 0
        var end = bytes.count
        while start < end {
            let length = lengthAtStart(bytes, start, end)
            if length == 0 { break }
            start += length
        }
        while end > start {
            let length = lengthAtEnd(bytes, start, end)
            if length == 0 { break }
            end -= length
        }
        return start..<end
    }

    /// The text without white space before it.
    static func trimmedStart(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        while start < bytes.count {
            let length = lengthAtStart(bytes, start, bytes.count)
            if length == 0 { break }
            start += length
        }
        return UnsafeRawBufferPointer(rebasing: bytes[start...])
    }

    private static func isASCIISpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }

    private static func lengthAtStart(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> Int {
        let byte = bytes[start]
        if byte < 0x80 { return isASCIISpace(byte) ? 1 : 0 }
        if byte == 0xC2, start + 1 < end {
            return bytes[start + 1] == 0x85 || bytes[start + 1] == 0xA0 ? 2 : 0
        }
        guard start + 2 < end else { return 0 }
        return isWideSpace(byte, bytes[start + 1], bytes[start + 2]) ? 3 : 0
    }

    private static func lengthAtEnd(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
    ) -> Int {
        let byte = bytes[end - 1]
        if byte < 0x80 { return isASCIISpace(byte) ? 1 : 0 }
        if end - start >= 2, bytes[end - 2] == 0xC2 { return byte == 0x85 || byte == 0xA0 ? 2 : 0 }
        guard end - start >= 3 else { return 0 }
        return isWideSpace(bytes[end - 3], bytes[end - 2], byte) ? 3 : 0
    }

    /// U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000.
    private static func isWideSpace(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        switch (first, second, third) {
        case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9),
            (0xE2, 0x80, 0xAF), (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
            true
        default: false
        }
    }
}
