/// Percent encoding of queries and forms.
public enum PercentEncoding {
    /// Decodes a form component: `+` is a blank, `%xx` a byte; a `%` that starts no escape stays.
    public static func decodeForm(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
                let high = Hexadecimal.value(of: bytes[position + 1]),
                let low = Hexadecimal.value(of: bytes[position + 2])
            {
                decoded.append(high << 4 | low)
                position += 3
                continue
            }
            let byte = bytes[position]
            decoded.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            position += 1
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
