/// Percent encoding of queries and forms.
public enum PercentEncoding {
    /// Decodes a form component: `+` is a blank, `%xx` a byte; a `%` that starts no escape stays.
    public static func decodeForm(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        return String(decoding: decode(bytes, plusIsSpace: true), as: UTF8.self)
    }

    /// Decodes `%xx`; a `%` that starts no escape stays.
    ///
    /// - Parameter plusIsSpace: `+` is a blank, as in forms.
    public static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> [UInt8] {
        bytes.withContiguousStorageIfAvailable { decoded($0, plusIsSpace) }
            ?? Array(bytes).withUnsafeBufferPointer { decoded($0, plusIsSpace) }
    }

    /// Not generic, so that every caller gets the fast loop.
    private static func decoded(_ bytes: UnsafeBufferPointer<UInt8>, _ plusIsSpace: Bool) -> [UInt8]
    {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "%"), position + 2 < bytes.count,
                let high = Hexadecimal.value(of: bytes[position + 1]),
                let low = Hexadecimal.value(of: bytes[position + 2])
            {
                decoded.append(high << 4 | low)
                position += 3
                continue
            }
            decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            position += 1
        }
        return decoded
    }
}
