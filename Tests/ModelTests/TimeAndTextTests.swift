import Testing

@testable import Model

@Suite struct TimeAndTextTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("1970-01-01t00:00:00z", 0),
        ("1970-01-01 00:00:00+00:00", 0), ("1969-12-31T23:59:59.5Z", -500_000),
        ("2019-10-10T12:00:00.123456789Z", 1_570_708_800_123_456),
        ("2019-10-10T14:00:00+02:00", 1_570_708_800_000_000),
        ("2019-10-10T06:30:00-0530", 1_570_708_800_000_000),
        ("2020-02-29T00:00:00Z", 1_582_934_400_000_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ])
    func timesAreRead(_ text: String, _ microseconds: Int64) {
        #expect(WallTime(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2019", "2019-10-10", "2019-10-10T12:00:00", "2019-13-10T12:00:00Z",
        "2019-02-29T12:00:00Z", "2100-02-29T00:00:00Z", "2019-10-10T24:00:00Z",
        "2019-10-10T12:60:00Z", "2019-10-10T12:00:61Z", "2019-10-10T12:00:00.Z",
        "2019-10-10T12:00:00+1", "2019-10-10T12:00:00+24:00", "2019-10-10T12:00:00Zx",
        "+019-10-10T12:00:00Z",
        "2019-10-10T12:00:00.0000000000000000000000000000000000000000000000Z",
    ])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(WallTime(rfc3339: text) == nil)
    }

    @Test func timesAreWritten() {
        let time = WallTime(microseconds: 1_570_708_800_120_000)
        #expect(time.rfc3339() == "2019-10-10T12:00:00.120Z")
        #expect(time.rfc3339(fraction: .microseconds) == "2019-10-10T12:00:00.120000Z")
        #expect(time.rfc3339(fraction: .none) == "2019-10-10T12:00:00Z")
        #expect(time.rfc3339(fraction: .milliseconds) == "2019-10-10T12:00:00.120Z")
        #expect(
            WallTime(microseconds: 1_570_708_800_000_001).rfc3339()
                == "2019-10-10T12:00:00.000001Z")
        #expect(WallTime(microseconds: -1).rfc3339() == "1969-12-31T23:59:59.999999Z")
    }

    @Test func everyDayComesBack() {
        // A step that is no divisor of a day, over four centuries with their leap rules.
        var microseconds: Int64 = -11_676_096_000_000_000
        while microseconds < 4_102_444_800_000_000 {
            let time = WallTime(microseconds: microseconds)
            #expect(WallTime(rfc3339: time.rfc3339()) == time)
            microseconds += 7 * 86_400_000_000 + 12_345_678_901
        }
    }

    @Test func base64IsBothWays() {
        for (text, standard, urlSafe) in [
            ("", "", ""), ("f", "Zg==", "Zg"), ("fo", "Zm8=", "Zm8"), ("foo", "Zm9v", "Zm9v"),
            ("foob", "Zm9vYg==", "Zm9vYg"),
        ] {
            #expect(Base64.encode(Array(text.utf8)) == standard)
            #expect(Base64.encode(Array(text.utf8), alphabet: .urlSafe) == urlSafe)
            #expect(Base64.decode(standard) == Array(text.utf8))
            #expect(Base64.decode(urlSafe) == Array(text.utf8))
        }
        #expect(Base64.encode([0xfb, 0xff, 0xfe]) == "+//+")
        #expect(Base64.encode([0xfb, 0xff, 0xfe], alphabet: .urlSafe) == "-__-")
        #expect(Base64.decode("-_/+") == Base64.decode("+//+"))
    }

    @Test(arguments: ["A", "AAAAA", "Zg=", "Zg===", "=Zg", "Z g==", "Zm9v\n", "Zg==Zg==", "Zm9v="])
    func whatIsNoBase64IsRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func waitsGrowToTheirCapWithinTheJitter() {
        var generator = SeededGenerator(seed: 1)
        var backoff = Backoff(initial: .seconds(1), factor: 2, max: .seconds(10))
        for step in [Int64(1), 2, 4, 8, 10, 10, 10] {
            let wait = backoff.next(using: &generator)
            #expect(wait <= .seconds(step))
            #expect(wait >= .milliseconds(step * 500))
        }
        #expect(backoff.attempt == 7)
        backoff.reset()
        #expect(backoff.attempt == 0)
        #expect(backoff.next(using: &generator) <= .seconds(1))
    }

    @Test func waitsDifferAndTheSeedRepeatsThem() {
        func waits(_ seed: UInt64) -> [Duration] {
            var generator = SeededGenerator(seed: seed)
            var backoff = Backoff()
            return (0..<10).map { _ in backoff.next(using: &generator) }
        }
        #expect(waits(1) == waits(1))
        #expect(waits(1) != waits(2))
    }

    @Test func extremeBackoffsDoNotTrap() {
        var generator = SeededGenerator(seed: 1)
        var huge = Backoff(initial: .seconds(Int64.max), factor: 1e300, max: .seconds(Int64.max))
        for _ in 0..<5 { #expect(huge.next(using: &generator) > .zero) }
        var none = Backoff(initial: .zero, factor: 0, max: .zero)
        #expect(none.next(using: &generator) == .zero)
    }

    @Test func identifiersAreReadInTheirForms() {
        let text = "9ec79c33ec9942ab8353589fcb2e04dc"
        let id = EventID(text)
        for form in [
            text.uppercased(), "9ec79c33-ec99-42ab-8353-589fcb2e04dc",
            "{9ec79c33-ec99-42ab-8353-589fcb2e04dc}",
            "urn:uuid:9ec79c33-ec99-42ab-8353-589fcb2e04dc",
        ] {
            #expect(EventID(form) == id)
        }
        #expect(id?.description == text)
        #expect(id?.hyphenated == "9ec79c33-ec99-42ab-8353-589fcb2e04dc")
        for wrong in ["", "9ec7", text + "0", "9ec79c33ec-9942ab-8353-589fcb2e04dc-"] {
            #expect(EventID(wrong) == nil)
        }
        var generator = SeededGenerator(seed: 5)
        let random = EventID.random(using: &generator)
        #expect(random.hyphenated.dropFirst(14).first == "4")
        #expect(ProjectID("18446744073709551615")?.rawValue == .max)
        for wrong in ["", "-1", "18446744073709551616", "1x", "000000000000000000001"] {
            #expect(ProjectID(wrong) == nil)
        }
    }

    @Test func formsAreDecoded() {
        #expect(PercentEncoding.decodeForm("a%20b+c%2f") == "a b c/")
        #expect(PercentEncoding.decodeForm("100%") == "100%")
        #expect(PercentEncoding.decodeForm("%4") == "%4")
        #expect(PercentEncoding.decodeForm("%zz") == "%zz")
    }
}
