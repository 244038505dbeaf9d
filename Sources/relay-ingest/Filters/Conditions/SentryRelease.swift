/// The parts of a release like `package@1.2.3-beta+build`.
struct SentryRelease {
    var package: String?
    /// What is behind the package.
    var rawVersion: String
    /// Only of releases with a package.
    var version: ReleaseVersion?
    /// A commit hash, as version or build code.
    var buildHash: String?

    init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        rawVersion = text
        // A name in front of the first @ that is not the first character.
        if let at = text.dropFirst().firstIndex(of: "@") {
            let tail = text[text.index(after: at)...]
            if !tail.isEmpty {
                package = String(text[..<at])
                rawVersion = String(tail)
            }
        }
        let parsed = ReleaseVersion(rawVersion)
        if package != nil { version = parsed }
        if Self.isHash(rawVersion) {
            buildHash = rawVersion
            version = nil
        } else if let code = version?.buildCode, Self.isHash(code) {
            buildHash = code
        }
    }

    private static func isHash(_ text: String) -> Bool {
        guard [12, 16, 20, 32, 40, 64].contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { $0 &- 0x30 < 10 || ASCIIText.lower($0) &- 0x61 < 6 }
    }

    /// The version that comparisons of releases use, also of releases without a package; nil for
    /// hashes and what is no version.
    static func comparable(_ text: String) -> ReleaseVersion? {
        let trimmed = text.drop { $0 == " " }
        guard let release = SentryRelease(String(trimmed)), !isHash(release.rawVersion) else {
            return nil
        }
        var raw = release.rawVersion
        while raw.last == " " { raw.removeLast() }
        return ReleaseVersion(raw)
    }
}

/// One to four numbers, perhaps a pre-release and a build code.
struct ReleaseVersion: Comparable {
    private(set) var numbers: [UInt64]
    private(set) var prerelease: String?
    private(set) var buildCode: String?
    /// Numbers as they are written, and the pre-release.
    private(set) var short: String

    init?(_ text: String) {
        var rest = text[...]
        if let plus = rest.firstIndex(of: "+") {
            let code = rest[rest.index(after: plus)...]
            guard Self.isDotted(code, isNumberStrict: false) else { return nil }
            buildCode = String(code)
            rest = rest[..<plus]
        }
        short = String(rest)
        numbers = []
        while numbers.count < 4 {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty, digits.count == 1 || digits.first != "0",
                let number = UInt64(digits)
            else { return nil }
            numbers.append(number)
            rest = rest.dropFirst(digits.count)
            guard rest.first == ".", numbers.count < 4, rest.dropFirst().first?.isNumber == true
            else { break }
            rest = rest.dropFirst()
        }
        guard let first = rest.first else { return }
        if first == "-" {
            rest = rest.dropFirst()
        } else if !(first.isASCII && first.isLowercase) {
            return nil
        }
        guard Self.isDotted(rest, isNumberStrict: true) else { return nil }
        prerelease = String(rest)
    }

    private static func isDotted(_ text: Substring, isNumberStrict: Bool) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard !part.isEmpty,
                part.utf8.allSatisfy({
                    $0 &- 0x30 < 10 || ASCIIText.lower($0) &- 0x61 < 26 || $0 == 0x2D
                })
            else { return false }
            guard isNumberStrict, part.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return true }
            return part.utf8.count == 1 || part.first != "0"
        }
    }

    /// Numbers first, missing ones are zero; a pre-release is before its release; build codes do
    /// not count.
    static func < (left: ReleaseVersion, right: ReleaseVersion) -> Bool {
        order(left, right) < 0
    }

    static func == (left: ReleaseVersion, right: ReleaseVersion) -> Bool {
        order(left, right) == 0
    }

    private static func order(_ left: ReleaseVersion, _ right: ReleaseVersion) -> Int {
        for index in 0..<4 {
            let first = index < left.numbers.count ? left.numbers[index] : 0
            let second = index < right.numbers.count ? right.numbers[index] : 0
            if first != second { return first < second ? -1 : 1 }
        }
        switch (left.prerelease, right.prerelease) {
        case (nil, nil): return 0
        case (nil, _): return 1
        case (_, nil): return -1
        case (let first?, let second?):
            if first == second { return 0 }
            return first.utf8.lexicographicallyPrecedes(second.utf8) ? -1 : 1
        }
    }
}
