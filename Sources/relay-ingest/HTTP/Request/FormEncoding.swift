/// Percent-encoding of URLs and forms, on bytes: a field may hold an event in any encoding.
enum FormEncoding {
    /// Resolves `%xx`, and `+` where forms use it for a blank. Broken escapes stay as they are.
    static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var position = bytes.startIndex
        while position != bytes.endIndex {
            let byte = bytes[position]
            bytes.formIndex(after: &position)
            if byte == UInt8(ascii: "%"), position != bytes.endIndex,
                let high = digit(bytes[position])
            {
                let second = bytes.index(after: position)
                if second != bytes.endIndex, let low = digit(bytes[second]) {
                    decoded.append(high << 4 | low)
                    position = bytes.index(after: second)
                    continue
                }
            }
            decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The decoded value of a form's or query's field; the first one when it repeats.
    static func field(_ name: String, in form: some Collection<UInt8>) -> [UInt8]? {
        let wanted = Array(name.utf8)
        for pair in form.split(separator: UInt8(ascii: "&")) {
            let mark = pair.firstIndex(of: UInt8(ascii: "="))
            guard decode(pair[..<(mark ?? pair.endIndex)], plusIsSpace: true) == wanted else {
                continue
            }
            guard let mark else { return [] }
            return decode(pair[pair.index(after: mark)...], plusIsSpace: true)
        }
        return nil
    }

    /// The same as text.
    static func text(_ name: String, in query: String?) -> String? {
        guard let query, let bytes = field(name, in: Array(query.utf8)) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
