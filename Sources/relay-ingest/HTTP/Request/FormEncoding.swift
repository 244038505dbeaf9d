import Model

/// Fields of forms and queries, as bytes: a field may hold an event in any encoding.
enum FormEncoding {
    /// The decoded value of a form's or query's field; the first one when it repeats.
    static func field(_ name: String, in form: [UInt8]) -> [UInt8]? {
        let wanted = Array(name.utf8)
        for pair in form.split(separator: UInt8(ascii: "&")) {
            let mark = pair.firstIndex(of: UInt8(ascii: "="))
            guard
                PercentEncoding.decode(pair[..<(mark ?? pair.endIndex)], plusIsSpace: true)
                    == wanted
            else {
                continue
            }
            guard let mark else { return [] }
            return PercentEncoding.decode(pair[pair.index(after: mark)...], plusIsSpace: true)
        }
        return nil
    }

    /// The same as text.
    static func text(_ name: String, in query: String?) -> String? {
        guard let query, let bytes = field(name, in: Array(query.utf8)) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
