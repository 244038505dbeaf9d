import JSON
import Model

/// The HTTP request: method, URL and its parts, body, cookies.
extension Normalizer {
    func normalizeRequest() {
        let request = find(Key.request, in: event)
        guard kind(request) == .object else { return }
        normalizeMethod(find(Key.method, in: request))
        normalizeURL(request)
        normalizeBody(request)
        moveCookies(in: request, header: "cookie", name: "Cookie")
    }

    private func normalizeMethod(_ node: JSONNode) {
        guard let bytes = text(node) else { return }
        var isUpper = true
        var isName = bytes.count >= 3 && bytes.count <= 32
        for byte in bytes {
            if byte >= 0x61 && byte <= 0x7A { isUpper = false }
            switch byte & 0xDF {
            case 0x41...0x5A: break
            default: if byte != 0x2D && byte != 0x5F { isName = false }
            }
        }
        if !isUpper {
            document.setString(node, byteCountMax: bytes.count) { target in
                for index in 0..<bytes.count { target[index] = ASCII.upper(bytes[index]) }
                return bytes.count
            }
        }
        if !isName { rejectQuietly(node) }
    }

    private func normalizeURL(_ request: JSONNode) {
        let node = find(Key.url, in: request)
        guard let bytes = text(node), !bytes.isEmpty else { return }
        var url = String(decoding: bytes, as: UTF8.self)
        if url.hasSuffix("…") {
            url.removeLast()
            url += "..."
            document.setString(node, url)
        }
        var query: String?
        var fragment: String?
        if let parsed = URLText.parse(url) {
            query = parsed.query
            fragment = parsed.fragment
            document.setString(node, parsed.base)
        } else {
            (url, query, fragment) = Self.split(url)
            document.setString(node, url)
        }
        let queryNode = find(Key.queryString, in: request)
        if let query, !query.isEmpty,
            !has(queryNode) || document.childCount(of: queryNode) == 0
        {
            setQuery(query, in: request)
        }
        let fragmentNode = find(Key.fragment, in: request)
        if let fragment, !fragment.isEmpty, text(fragmentNode)?.isEmpty != false {
            document.setString(entry(Key.fragment, in: request), fragment)
        }
    }

    private func setQuery(_ query: String, in request: JSONNode) {
        let list = entry(Key.queryString, in: request)
        document.setEmptyArray(list)
        var query = query
        query.withUTF8 { bytes in
            for part in UnsafeRawBufferPointer(bytes).split(separator: 0x26) {
                let equals = part.firstIndex(of: 0x3D) ?? part.endIndex
                let pair = document.makeArray()
                for half in [part[..<equals], part[min(equals + 1, part.endIndex)...]] {
                    let decoded = PercentEncoding.decode(
                        UnsafeRawBufferPointer(rebasing: half), plusIsSpace: true)
                    document.append(
                        document.makeString(String(decoding: decoded, as: UTF8.self)), to: pair)
                }
                document.append(pair, to: list)
            }
        }
    }

    /// Splits what is no absolute URL at the first `?` and `#`.
    private static func split(_ url: String) -> (String, String?, String?) {
        let mark = url.utf8.firstIndex(of: 0x3F)
        let hash = url.utf8.firstIndex(of: 0x23)
        var query: String?
        var fragment: String?
        if let mark, hash.map({ mark < $0 }) ?? true {
            query = String(url[url.utf8.index(after: mark)..<(hash ?? url.endIndex)])
        }
        if let hash { fragment = String(url[url.utf8.index(after: hash)...]) }
        let end = [mark, hash].compactMap { $0 }.min() ?? url.endIndex
        return (String(url[..<end]), query, fragment)
    }

    // MARK: Body

    private func normalizeBody(_ request: JSONNode) {
        let data = find(Key.data, in: request)
        if let bytes = text(data), let type = parseBody(data, bytes) {
            set(Key.inferredContentType, in: request, type)
            return
        }
        setContentType(of: request)
    }

    /// The type that the header says; what the sender says elsewhere does not count.
    func setContentType(of record: JSONNode) {
        let header = cookieHeader(find(Key.headers, in: record), "content-type")
        guard let value = text(document.child(of: header, at: 1)) else {
            let old = find(Key.inferredContentType, in: record)
            if old.exists { document.remove(old, from: record) }
            return
        }
        let target = entry(Key.inferredContentType, in: record)
        meta.clear(target)
        let end = value.firstIndex(of: 0x3B) ?? value.endIndex
        document.setString(target, UnsafeRawBufferPointer(rebasing: value[..<end]))
    }

    /// JSON or form data in a text becomes what it says; answers the type.
    func parseBody(_ node: JSONNode, _ bytes: UnsafeRawBufferPointer) -> StaticString? {
        if parseJSONBody(node, bytes) { return "application/json" }
        if parseFormBody(node, bytes) { return "application/x-www-form-urlencoded" }
        return nil
    }

    private func parseJSONBody(_ node: JSONNode, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard
            let first = bytes.first(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x09 && $0 != 0x0D })
        else { return false }
        switch first {
        case 0x7B, 0x5B, 0x22, 0x2D, 0x30...0x39, 0x74, 0x66: break
        default: return false
        }
        do throws(JSONError) {
            let parsed = try document.parseFragment(bytes)
            guard document.kind(of: parsed) != .null else { return false }
            document.moveValue(to: node, from: parsed)
            return true
        } catch {
            return false
        }
    }

    private func parseFormBody(_ node: JSONNode, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.contains(0x3D), bytes.allSatisfy({ $0 < 0x80 }),
            !bytes.starts(with: "<?xml".utf8), bytes.first != 0x7B, bytes.first != 0x5B
        else { return false }
        let parts = bytes.split(separator: 0x26)
        if parts.count == 1, let equals = parts[0].firstIndex(of: 0x3D),
            equals == parts[0].endIndex - 1
        {
            return false
        }
        let object = document.makeObject()
        for part in parts {
            let equals = part.firstIndex(of: 0x3D) ?? part.endIndex
            let name = PercentEncoding.decode(
                UnsafeRawBufferPointer(rebasing: part[..<equals]), plusIsSpace: true)
            let value = PercentEncoding.decode(
                UnsafeRawBufferPointer(rebasing: part[min(equals + 1, part.endIndex)...]),
                plusIsSpace: true)
            let key = String(decoding: name, as: UTF8.self)
            document.append(
                document.makeString(String(decoding: value, as: UTF8.self)), to: object, key: key)
        }
        document.removeDuplicateKeys(of: object)
        document.moveValue(to: node, from: object)
        return true
    }

    // MARK: Cookies

    /// Cookies of a header move to the field, unless it is there.
    func moveCookies(in record: JSONNode, header: StaticString, name: StaticString) {
        let headers = find(Key.headers, in: record)
        if has(find(Key.cookies, in: record)) {
            removeElement(ofKey: name, from: headers)
            return
        }
        let pair = cookieHeader(headers, header)
        guard pair.exists, let list = parseCookies(document.child(of: pair, at: 1)) else { return }
        let target = entry(Key.cookies, in: record)
        meta.clear(target)
        document.moveValue(to: target, from: list)
        removeElement(ofKey: name, from: headers)
    }

    func cookieHeader(_ headers: JSONNode, _ name: StaticString) -> JSONNode {
        for pair in document.children(of: headers) {
            if let bytes = text(document.firstChild(of: pair)),
                ASCII.equalIgnoringCase(bytes, name)
            {
                return pair
            }
        }
        return .none
    }

    /// A list of cookies, nil if the header has a fault.
    func parseCookies(_ value: JSONNode) -> JSONNode? {
        guard let bytes = text(value) else { return nil }
        let list = document.makeArray()
        for part in bytes.split(separator: 0x3B) {
            let slice = UnsafeRawBufferPointer(rebasing: part)
            let range = WhiteSpace.trimmed(slice)
            if range.isEmpty { continue }
            let cookie = slice[range]
            guard let equals = cookie.firstIndex(of: 0x3D) else { return nil }
            let name = UnsafeRawBufferPointer(rebasing: cookie[..<equals])
            let content = UnsafeRawBufferPointer(rebasing: cookie[(equals + 1)...])
            let nameRange = WhiteSpace.trimmed(name)
            let contentRange = WhiteSpace.trimmed(content)
            if nameRange.isEmpty { return nil }
            let pair = document.makeArray()
            document.append(decoded(name[nameRange]), to: pair)
            document.append(decoded(content[contentRange]), to: pair)
            document.append(pair, to: list)
        }
        return list
    }

    private func decoded(_ slice: Slice<UnsafeRawBufferPointer>) -> JSONNode {
        let bytes = UnsafeRawBufferPointer(rebasing: slice)
        guard bytes.contains(0x25) else { return document.makeString(bytes) }
        let result = PercentEncoding.decode(bytes, plusIsSpace: false)
        return document.makeString(String(decoding: result, as: UTF8.self))
    }
}
