import Testing

@testable import Model

@Suite struct RateLimitTests {
    private static func at(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    private static func limit(
        _ expiresAt: Int64, _ categories: DataCategories = DataCategories(),
        scope: RateLimitScope = .key, reason: String? = nil
    ) -> RateLimit {
        RateLimit(
            scope: scope, categories: categories, reasonCode: reason, expiresAt: at(expiresAt))
    }

    @Test func theSoonerOrLaterLimitStays() {
        for (conflict, expected) in [(RateLimitConflict.sooner, Int64(30)), (.later, 60)] {
            for order in [[Int64(30), 60], [60, 30]] {
                var table = RateLimitTable()
                for end in order {
                    table.merge(Self.limit(end), conflict: conflict, now: Self.at(0))
                }
                #expect(table.active(now: Self.at(0)) == [Self.limit(expected)])
            }
        }
    }

    @Test func expiredLimitsNeverWin() {
        var table = RateLimitTable()
        table.merge(Self.limit(10), conflict: .sooner, now: Self.at(10))
        #expect(table.isEmpty)
        table.merge(Self.limit(10), conflict: .sooner, now: Self.at(0))
        // The kept limit has ended: it is no rival, although it would be the sooner one.
        table.merge(Self.limit(60), conflict: .sooner, now: Self.at(10))
        #expect(table.active(now: Self.at(10)) == [Self.limit(60)])
        #expect(table.active(now: Self.at(60)).isEmpty)
        #expect(table.nextExpiry == Self.at(60))
        table.expire(now: Self.at(60))
        #expect(table.isEmpty)
        #expect(table.nextExpiry == nil)
    }

    @Test func limitsOfOtherScopesAndCategoriesStandBesideEachOther() {
        var table = RateLimitTable()
        let errors = DataCategories(.error)
        table.merge(Self.limit(10, errors), conflict: .sooner, now: Self.at(0))
        table.merge(Self.limit(20, errors, scope: .project), conflict: .sooner, now: Self.at(0))
        table.merge(Self.limit(30, DataCategories(.attachment)), conflict: .sooner, now: Self.at(0))
        #expect(table.active(now: Self.at(0)).count == 3)
        #expect(table.active(for: .error, now: Self.at(0)).count == 2)
        #expect(table.active(for: .error, now: Self.at(10)).map(\.scope) == [.project])
        #expect(table.active(for: .attachment, now: Self.at(0)).count == 1)
        #expect(table.active(for: .session, now: Self.at(0)).isEmpty)
        #expect(table.activeForAllCategories(now: Self.at(0)).isEmpty)
        table.merge(Self.limit(5, reason: "all"), conflict: .sooner, now: Self.at(0))
        #expect(table.activeForAllCategories(now: Self.at(0)).map(\.reasonCode) == ["all"])
        #expect(table.active(for: .session, now: Self.at(0)).count == 1)
        #expect(table.active(now: Self.at(0)).longest?.expiresAt == Self.at(30))
    }

    @Test func theTableIsBoundedAndTheSoonestGoes() {
        var table = RateLimitTable(limitsMax: 2)
        table.merge(Self.limit(10, DataCategories(.error)), conflict: .later, now: Self.at(0))
        table.merge(Self.limit(5, DataCategories(.session)), conflict: .later, now: Self.at(0))
        table.merge(Self.limit(20, DataCategories(.replay)), conflict: .later, now: Self.at(0))
        #expect(
            table.active(now: Self.at(0)).map(\.expiresAt) == [Self.at(10), Self.at(20)])
    }

    @Test func theHeaderIsRead() {
        let now = Self.at(100)
        #expect(
            RateLimitHeader.parse(
                [
                    "60:error;transaction:organization:quota, 120.2::key",
                    " 2700:default;error;security:project:,5:new_thing:other:r:extra,x:error:key,,",
                ], now: now) == [
                    Self.limit(
                        160, DataCategories(.error, .transaction), scope: .organization,
                        reason: "quota"),
                    Self.limit(221),
                    Self.limit(
                        2800, DataCategories(.default, .error, .security), scope: .project),
                    Self.limit(
                        105, DataCategories(bits: DataCategories.unknownBit), reason: "r"),
                ])
    }

    @Test(arguments: ["", "abc", "nan::key", "inf::key", ":error:key", ",,,"])
    func whatIsNoLimitIsSkipped(_ text: String) {
        #expect(RateLimitHeader.parse(text, now: Self.at(0)).isEmpty)
    }

    @Test func extremeTimesAreBounded() {
        let limits = RateLimitHeader.parse("1e300::key, -5::key", now: Self.at(0))
        #expect(limits.map(\.expiresAt) == [Self.at(366 * 24 * 3600), Self.at(0)])
        let many = Array(repeating: "1::key", count: 1000).joined(separator: ",")
        #expect(RateLimitHeader.parse(many, now: Self.at(0)).count == RateLimitHeader.limitsMax)
    }

    @Test func aLimitUponUnknownCategoriesMatchesNothing() throws {
        let limit = try #require(RateLimitHeader.parse("60:new_thing:key", now: Self.at(0)).first)
        for category in DataCategory.allCases { #expect(!limit.categories.covers(category)) }
    }

    @Test func theHeaderIsWrittenWithSecondsRoundedUp() {
        let limits = [
            RateLimit(
                scope: .organization, categories: DataCategories(.transaction, .error),
                reasonCode: "my quota:1", expiresAt: MonotonicTime(nanoseconds: 60_000_000_001)),
            Self.limit(5),
        ]
        #expect(
            RateLimitHeader.format(limits, now: Self.at(0))
                == "61:error;transaction:organization:my_quota_1, 5::key")
        let unknown = Self.limit(5, DataCategories(bits: DataCategories.unknownBit))
        #expect(RateLimitHeader.format([unknown], now: Self.at(0)) == "5:unknown:key")
        for category in DataCategory.allCases {
            let limit = Self.limit(5, DataCategories(category), reason: "r")
            let text = RateLimitHeader.format([limit], now: Self.at(0))
            #expect(RateLimitHeader.parse(text, now: Self.at(0)) == [limit])
        }
    }

    @Test func retryAfterIsReadInAllItsForms() {
        let wall = WallTime(microseconds: 784_111_777_000_000)
        for (text, expected) in [
            ("17", Duration.seconds(17)), ("17.1", .seconds(18)), ("-4", .zero), ("0", .zero),
            (" 5 ", .seconds(5)), ("1e999", nil), ("soon", nil), ("", nil),
            ("Sun, 06 Nov 1994 08:49:47 GMT", .seconds(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", .zero),
            ("Sun, 06 Nov 9994 08:49:27 GMT", RateLimitHeader.durationMax),
            ("Sun, 06 Nov 1994 08:49:27", nil), ("Sun, 36 Nov 1994 08:49:27 GMT", nil),
        ] as [(String, Duration?)] {
            #expect(RetryAfter.parse(text, wallNow: wall) == expected, "\(text)")
        }
    }

    @Test func aRefusalAlwaysYieldsALimit() {
        let wall = WallTime(microseconds: 0)
        #expect(
            RetryAfter.limits(
                rateLimitLines: ["5:error:project:x"], retryAfter: "99", now: Self.at(0),
                wallNow: wall) == [
                    Self.limit(5, DataCategories(.error), scope: .project, reason: "x")
                ])
        #expect(
            RetryAfter.limits(
                rateLimitLines: ["junk"], retryAfter: "99", now: Self.at(0), wallNow: wall)
                == [Self.limit(99)])
        #expect(
            RetryAfter.limits(
                rateLimitLines: [], retryAfter: nil, now: Self.at(0), wallNow: wall)
                == [Self.limit(60)])
    }
}
