/// Escapes of half a surrogate pair (`\\ud83d` alone), which are no Unicode and no JSON.
enum LoneSurrogates {
    /// Writes `\\ufffd` in place of each; the length stays.
    static func replace(in json: inout [UInt8]) {
        var position = 0
        while position + 1 < json.count {
            guard json[position] == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            guard let unit = unit(json, at: position) else {
                position += 2
                continue
            }
            if unit & 0xfc00 == 0xd800, let next = self.unit(json, at: position + 6),
                next & 0xfc00 == 0xdc00
            {
                position += 12
                continue
            }
            if unit & 0xf800 == 0xd800 {
                json.replaceSubrange(position + 2..<position + 6, with: "fffd".utf8)
            }
            position += 6
        }
    }

    /// The code unit of an escape that starts here.
    private static func unit(_ json: [UInt8], at position: Int) -> UInt16? {
        guard position + 6 <= json.count, json[position] == UInt8(ascii: "\\"),
            json[position + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for digit in json[position + 2..<position + 6] {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                unit = unit << 4 | UInt16(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                unit = unit << 4 | UInt16(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"):
                unit = unit << 4 | UInt16(digit - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return unit
    }
}
