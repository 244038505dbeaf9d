/// Reads names and versions out of the texts by which systems describe themselves.
enum SystemDescription {
    struct Parts {
        var name: String?
        var version: String?
        var build: String?
        var kernelVersion: String?
    }

    /// Characters looked at.
    private static let charactersMax = 512

    static func parse(_ description: String) -> Parts {
        let text = String(description.prefix(charactersMax))
        var parts = Parts()
        if let windows = windows(text) { return windows }
        if text.hasPrefix("Nintendo Switch") {
            parts.name = "Nintendo OS"
            return parts
        }
        if let android = android(text) {
            parts.name = "Android"
            parts.version = android
            return parts
        }
        let words = text.split(separator: " ")
        if words.count >= 4, words[0] == "Linux", let kernel = versionPrefix(words[1], max: 4),
            kernel.count == words[1].count, words[2].allSatisfy({ $0.isLetter && $0.isASCII }),
            let version = versionPrefix(words[3], max: 3)
        {
            parts.name = String(words[2])
            parts.version = version
            parts.kernelVersion = kernel
            return parts
        }
        if words.count >= 2,
            ["iOS", "iPadOS", "tvOS", "watchOS", "PlayStation"].contains(words[0]),
            let version = versionPrefix(words[1], max: 3)
        {
            parts.name = String(words[0])
            parts.version = version
            return parts
        }
        if words.count >= 2, let version = versionPrefix(words[1], max: 3),
            words[0].allSatisfy({ $0.isLetter && $0.isASCII }), version.contains(".")
        {
            parts.name = String(words[0])
            parts.kernelVersion = version
        }
        return parts
    }

    private static func windows(_ text: String) -> Parts? {
        guard text.hasPrefix("Microsoft Windows") || text.hasPrefix("Windows") else { return nil }
        var parts = Parts()
        parts.name = "Windows"
        let characters = Array(text)
        for start in characters.indices where characters[start].isNumber {
            if start > 0, characters[start - 1].isNumber || characters[start - 1] == "." {
                continue
            }
            let rest = String(characters[start...])
            let numbers = rest.prefix { $0.isNumber || $0 == "." }.split(separator: ".")
            guard numbers.count >= 3, let major = Int(numbers[0]), let minor = Int(numbers[1]),
                let build = Int(numbers[2])
            else { continue }
            parts.build = String(numbers[2])
            parts.version = windowsVersion(major, minor, build) ?? "\(major).\(minor)"
            return parts
        }
        return nil
    }

    private static func windowsVersion(_ major: Int, _ minor: Int, _ build: Int) -> String? {
        switch (major, minor) {
        case (5, 1), (5, 2): "XP"
        case (6, 0): "Vista"
        case (6, 1): "7"
        case (6, 2): "8"
        case (6, 3): "8.1"
        case (10, 0): build >= 22000 ? "11" : "10"
        default: nil
        }
    }

    private static func android(_ text: String) -> String? {
        guard text.hasPrefix("Android OS "), text.contains(" / API-") else { return nil }
        let rest = text.dropFirst(11)
        return versionPrefix(rest, max: 3)
    }

    /// `^(name) (version)` of runtimes.
    static func nameAndVersion(_ text: String) -> (String, String)? {
        let line = Array(text.utf8.prefix { $0 != 0x0A })
        // The name is as long as possible.
        for position in line.indices.reversed() where line[position] == 0x20 && position > 0 {
            let end = line[(position + 1)...].firstIndex { !ASCII.isDigit($0) && $0 != 0x2E }
            let word = String(decoding: line[(position + 1)..<(end ?? line.count)], as: UTF8.self)
            if let version = versionPrefix(word[...], max: 4), version.contains(".") {
                return (String(decoding: line[..<position], as: UTF8.self), version)
            }
        }
        return nil
    }

    /// The leading digits and dots of a word, at most `max` numbers.
    private static func versionPrefix(_ word: Substring, max: Int) -> String? {
        var result = ""
        var numbers = 0
        var rest = word
        while numbers < max {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            if digits.isEmpty { break }
            result += (numbers > 0 ? "." : "") + digits
            numbers += 1
            rest = rest.dropFirst(digits.count)
            guard rest.first == "." else { break }
            rest = rest.dropFirst()
        }
        return numbers > 0 ? result : nil
    }

    /// Version of the .NET Framework by the release number in the registry.
    static let dotNetFrameworkVersions: [String: String] = [
        "378389": "4.5", "378675": "4.5.1", "378758": "4.5.1", "379893": "4.5.2",
        "393295": "4.6", "393297": "4.6", "394254": "4.6.1", "394271": "4.6.1",
        "394802": "4.6.2", "394806": "4.6.2", "460798": "4.7", "460805": "4.7",
        "461308": "4.7.1", "461310": "4.7.1", "461808": "4.7.2", "461814": "4.7.2",
        "528040": "4.8", "528049": "4.8", "528209": "4.8", "528372": "4.8", "528449": "4.8",
    ]
}
