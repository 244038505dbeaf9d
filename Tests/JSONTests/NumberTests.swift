import Glibc
import JSON
import Testing

@Suite struct NumberTests {
    /// Shortest digits in the notation of serde_json (as the sentry-relay library 0.10.1 writes
    /// them): input text, expected text.
    static let formats: [(Double, String)] = [
        (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (-1.5, "-1.5"), (100, "100.0"), (0.1, "0.1"),
        (0.3, "0.3"), (2.5, "2.5"), (123.456, "123.456"), (1e6, "1000000.0"),
        (1_234_567.890123, "1234567.890123"), (1_700_000_000.123, "1700000000.123"),
        (1_700_000_000.123456, "1700000000.123456"), (1e15, "1000000000000000.0"),
        (1.5e15, "1500000000000000.0"), (123_456_789_012_345.5, "123456789012345.5"),
        (1_234_567_890_123_456.5, "1234567890123456.5"), (1e16, "1e+16"), (1.5e16, "1.5e+16"),
        (12_345_678_901_234_567.5, "1.2345678901234568e+16"), (1e17, "1e+17"), (1e21, "1e+21"),
        (1e22, "1e+22"), (1e23, "1e+23"), (1e100, "1e+100"), (-1e16, "-1e+16"),
        (9_007_199_254_740_992, "9007199254740992.0"),
        (9_999_999_999_999_998, "9999999999999998.0"),
        (1_152_921_504_606_846_976, "1.152921504606847e+18"), (1e-1, "0.1"), (1e-3, "0.001"),
        (1e-4, "0.0001"), (1e-5, "0.00001"), (-1e-5, "-0.00001"), (1.5e-5, "0.000015"),
        (9.5e-5, "0.000095"), (1.23456789e-5, "0.0000123456789"), (1e-6, "1e-6"),
        (1.5e-6, "1.5e-6"),
        (1.23456789e-6, "1.23456789e-6"), (1e-7, "1e-7"), (1.25e-10, "1.25e-10"),
        (1.2345678901234567e-4, "0.00012345678901234567"), (.leastNonzeroMagnitude, "5e-324"),
        (2.2250738585072014e-308, "2.2250738585072014e-308"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
    ]

    @Test(arguments: formats)
    func format(value: Double, text: String) {
        #expect(JSONNumber.text(of: value) == text)
        let document = smallDocument()
        #expect(document.text(document.makeNumber(value)) == text)
    }

    @Test func formatReadsBackTheSame() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let text = JSONNumber.text(of: value)
            let bytes = Array(text.utf8)
            bytes.withUnsafeBytes { buffer in
                #expect(JSONNumber.grammar(buffer) == false, "\(text)")
                #expect(JSONNumber.double(buffer).bitPattern == value.bitPattern, "\(text)")
            }
        }
    }

    @Test func notFiniteIsNull() {
        let document = smallDocument()
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(document.kind(of: document.makeNumber(value)) == .null)
            #expect(JSONNumber.text(of: value) == "null")
            #expect(JSONValue.number(value) == .null)
        }
    }

    /// Values are rounded as strtod does.
    @Test func valuesAreCorrectlyRounded() {
        var random = SeededGenerator(seed: 8)
        for index in 0..<20_000 {
            var text = random.below(2) == 0 ? "-" : ""
            text += String(random.next() >> UInt64(random.below(64)))
            if random.below(3) > 0 {
                text += "." + String(random.next() >> UInt64(random.below(64)))
            }
            // Many places behind the point and few digits: the power of ten is not exact any more.
            if index % 5 == 0 {
                text =
                    "0." + String(repeating: "0", count: random.below(40)) + "\(random.below(9999))"
            }
            if index % 4 == 0 { text += "e" + String(random.below(640) - 330) }
            let bytes = Array(text.utf8)
            let value = bytes.withUnsafeBytes { JSONNumber.double($0) }
            #expect(value.bitPattern == strtod(text, nil).bitPattern, "\(text)")
        }
    }

    @Test(arguments: [
        ("0", 0 as Int64?, 0 as UInt64?), ("-0", 0, nil),
        ("9223372036854775807", .max, 1 << 63 - 1),
        ("9223372036854775808", nil, 1 << 63), ("-9223372036854775808", .min, nil),
        ("-9223372036854775809", nil, nil), ("18446744073709551615", nil, .max),
        ("18446744073709551616", nil, nil), ("99999999999999999999999", nil, nil),
        ("1.0", nil, nil),
        ("1e2", nil, nil), ("42", 42, 42),
    ])
    func integers(text: String, signed: Int64?, unsigned: UInt64?) throws {
        let document = smallDocument()
        let node = try document.parse(text)
        #expect(document.int64(of: node) == signed)
        #expect(document.uint64(of: node) == unsigned)
        #expect(document.text(node) == text)
    }

    @Test func integersAreWritten() {
        let document = smallDocument()
        for value in [Int64.min, -1, 0, 9, 10, 99, 100, 12345, .max] {
            #expect(document.text(document.makeNumber(value)) == String(value))
            #expect(document.int64(of: document.makeNumber(value)) == value)
        }
        #expect(document.text(document.makeNumber(UInt64.max)) == "18446744073709551615")
    }

    @Test(arguments: [
        ("1e2", "100.0"), ("1.0", "1.0"), ("1.50", "1.5"), ("-0", "-0.0"), ("0", "0"), ("-7", "-7"),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "1.8446744073709552e+19"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("-9223372036854775809", "-9.223372036854776e+18"), ("1E400", "null"), ("1e-400", "0.0"),
        ("0.1", "0.1"), ("1e16", "1e+16"),
    ])
    func normalizedNumbers(text: String, expected: String) throws {
        let document = smallDocument()
        let root = try document.parse("[\(text)]")
        #expect(document.text(root) == "[\(text)]")
        #expect(document.text(root, options: .normalizedNumbers) == "[\(expected)]")
    }

    @Test func textIsChecked() {
        let document = smallDocument()
        let node = document.makeBool(true)
        for text in ["", "-", "01", "1.", ".5", "1e", "NaN", "1 ", "+1", "0x1", "1e+"] {
            let bytes = Array(text.utf8)
            #expect(!bytes.withUnsafeBytes { document.setNumber(node, text: $0) }, "\(text)")
        }
        #expect(document.bool(of: node) == true)
        let bytes = Array("-1.5E+7".utf8)
        #expect(bytes.withUnsafeBytes { document.setNumber(node, text: $0) })
        #expect(document.text(node) == "-1.5E+7")
        #expect(document.double(of: node) == -1.5e7)
    }
}
