/// `legacyBrowsers`: old versions of browsers.
struct LegacyBrowserFilter: Sendable {
    /// Browsers whose versions are compared.
    enum Family: UInt8, Sendable {
        case chrome, edge, explorer, firefox, safari, opera, operaMini, android

        init?(named name: String) {
            switch name {
            case "Chrome": self = .chrome
            case "Edge": self = .edge
            case "IE", "IE Mobile": self = .explorer
            case "Firefox": self = .firefox
            case "Safari": self = .safari
            case "Opera": self = .opera
            case "Opera Mini": self = .operaMini
            case "Android": self = .android
            default: return nil
            }
        }
    }

    private struct Rule: Sendable {
        var family: Family
        /// Major versions that are dropped.
        var versions: ClosedRange<Int32>
    }

    private let rules: [Rule]

    /// - Parameter options: names of rules; unknown ones are for later relays and do nothing.
    init(isEnabled: Bool, options: [String]) {
        guard isEnabled else {
            rules = []
            return
        }
        // With the default no other option counts.
        if options.contains("default") {
            rules = Self.defaults
        } else {
            rules = options.compactMap { Self.named[$0] }
        }
    }

    var isActive: Bool { !rules.isEmpty }

    func matches(_ browser: (family: Family, major: Int32)?) -> Bool {
        guard let browser else { return false }
        return rules.contains {
            $0.family == browser.family && $0.versions.contains(browser.major)
        }
    }

    private static func upTo(_ family: Family, _ version: Int32) -> Rule {
        Rule(family: family, versions: Int32.min...version)
    }

    private static let defaults = [
        upTo(.chrome, -1), upTo(.explorer, 9), upTo(.firefox, -1), upTo(.safari, 5),
        upTo(.edge, -1), upTo(.opera, 14), upTo(.android, 3), upTo(.operaMini, 7),
    ]

    private static let named: [String: Rule] = [
        "ie_pre_9": upTo(.explorer, 8),
        "ie9": Rule(family: .explorer, versions: 9...9),
        "ie10": Rule(family: .explorer, versions: 10...10),
        "ie11": Rule(family: .explorer, versions: 11...11),
        "opera_pre_15": upTo(.opera, 14),
        "opera_mini_pre_8": upTo(.operaMini, 7),
        "android_pre_4": upTo(.android, 3),
        "safari_pre_6": upTo(.safari, 5),
        "edge_pre_79": upTo(.edge, 78),
        "ie": upTo(.explorer, 11),
        "safari": upTo(.safari, 15),
        "opera": upTo(.opera, 99),
        "opera_mini": upTo(.operaMini, 34),
        "android": upTo(.android, 3),
        "firefox": upTo(.firefox, 110),
        "chrome": upTo(.chrome, 110),
        "edge": upTo(.edge, 110),
    ]
}
