/// The header `X-Sentry-Rate-Limits`: `<seconds>:<category;category>:<scope>[:<reason>], …`.
public enum RateLimitHeader {
    /// Its name, lower case.
    public static let name = "x-sentry-rate-limits"
    /// The longest limit taken from a header; more is cut, so that no header blocks a key for ever.
    public static let durationMax = Duration.seconds(366 * 24 * 3600)
    /// Limits read from one header; SDKs and Sentry send fewer than ten.
    public static let limitsMax = 64

    /// Reads all values of the header (several header lines count as one list). Entries without a
    /// number of seconds are skipped, unknown categories match nothing, unknown scopes count as
    /// `key`, further fields are ignored.
    public static func parse(_ lines: some Sequence<String>, now: MonotonicTime) -> [RateLimit] {
        var limits: [RateLimit] = []
        for line in lines {
            for entry in line.split(separator: ",") {
                if limits.count == limitsMax { return limits }
                if let limit = parseEntry(entry, now: now) { limits.append(limit) }
            }
        }
        return limits
    }

    /// Reads one value of the header.
    public static func parse(_ line: String, now: MonotonicTime) -> [RateLimit] {
        parse(CollectionOfOne(line), now: now)
    }

    private static func parseEntry(_ entry: Substring, now: MonotonicTime) -> RateLimit? {
        let fields = entry.split(separator: ":", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " || $0 == "\t" } }
            .map { $0.prefix { $0 != " " && $0 != "\t" } }
        guard let first = fields.first, let duration = RetryAfter.parseSeconds(String(first)) else {
            return nil
        }
        var categories = DataCategories()
        if fields.count > 1 {
            for name in fields[1].split(separator: ";") {
                if let category = DataCategory(name: name) {
                    categories.insert(category)
                } else {
                    categories.bits |= DataCategories.unknownBit
                }
            }
        }
        return RateLimit(
            scope: RateLimitScope(name: fields.count > 2 ? fields[2] : ""), categories: categories,
            reasonCode: fields.count > 3 && !fields[3].isEmpty ? String(fields[3]) : nil,
            expiresAt: now + min(duration, durationMax))
    }

    /// Writes limits with the seconds that remain, rounded up.
    public static func format(_ limits: some Sequence<RateLimit>, now: MonotonicTime) -> String {
        limits.map { limit in
            let seconds = (limit.expiresAt - now).secondsRoundedUp
            let names = DataCategory.allCases
                .filter { limit.categories.bits & (1 << UInt64($0.rawValue)) != 0 }
                .map(\.name)
            let isUnknownOnly = names.isEmpty && limit.categories.bits != 0
            let categories = isUnknownOnly ? "unknown" : names.joined(separator: ";")
            let base = "\(seconds):\(categories):\(limit.scope.name)"
            guard let reason = limit.reasonCode else { return base }
            return base + ":" + sanitized(reason)
        }
        .joined(separator: ", ")
    }

    /// A reason code without the characters that separate fields.
    private static func sanitized(_ reason: String) -> String {
        String(
            decoding: reason.utf8.map {
                $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ",")
                    ? $0 : UInt8(ascii: "_")
            }, as: UTF8.self)
    }
}

/// The header `Retry-After`.
public enum RetryAfter {
    /// What a 429 without any header means.
    public static let durationDefault = Duration.seconds(60)

    /// Reads seconds (whole or with a fraction, rounded up) or an HTTP date. Negative numbers and
    /// dates in the past count as zero; nil for anything else.
    public static func parse(_ text: String, wallNow: WallTime) -> Duration? {
        if let seconds = parseSeconds(text) { return min(seconds, RateLimitHeader.durationMax) }
        guard let date = WallTime(httpDate: text) else { return nil }
        let (microseconds, overflow) = date.microseconds.subtractingReportingOverflow(
            wallNow.microseconds)
        guard !overflow, microseconds > 0 else { return .zero }
        return min(
            .seconds(Duration.microseconds(microseconds).secondsRoundedUp),
            RateLimitHeader.durationMax)
    }

    /// Seconds with an optional fraction, rounded up; nil for anything else.
    static func parseSeconds(_ text: String) -> Duration? {
        guard let value = Double(text.filter { $0 != " " }), value.isFinite else { return nil }
        let rounded = value.rounded(.up)
        return .seconds(Int64(Swift.min(Swift.max(0, rounded), 4_000_000_000)))
    }

    /// The limit of a 429: what `X-Sentry-Rate-Limits` says, else the key as a whole for the time
    /// of `Retry-After`, else for `durationDefault`.
    public static func limits(
        rateLimitLines: [String], retryAfter: String?, now: MonotonicTime, wallNow: WallTime
    ) -> [RateLimit] {
        let stated = RateLimitHeader.parse(rateLimitLines, now: now)
        if !stated.isEmpty { return stated }
        let duration = retryAfter.flatMap { parse($0, wallNow: wallNow) } ?? durationDefault
        return [
            RateLimit(
                scope: .key, categories: DataCategories(), reasonCode: nil,
                expiresAt: now + duration)
        ]
    }
}

extension WallTime {
    /// Reads the date form of HTTP headers, `Sun, 06 Nov 1994 08:49:37 GMT`.
    public init?(httpDate text: some StringProtocol) {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","),
            let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])),
            let year = Int(words[3]), (0...9999).contains(year), (1...31).contains(day)
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2]
        else { return nil }
        var civil = CivilTime(WallTime(microseconds: 0))
        civil.year = year
        civil.month = month + 1
        civil.day = day
        civil.hour = hour
        civil.minute = minute
        civil.second = second
        self.init(civil: civil)
    }
}
