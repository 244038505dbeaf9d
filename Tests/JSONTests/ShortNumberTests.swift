import JSON
import Testing

/// Numbers with few digits are written, and recognised as written, without the general algorithm.
@Suite struct ShortNumberTests {
    /// The text that a number becomes when it is read and written.
    private func normalized(_ text: String) throws -> String {
        let document = JSONDocument()
        let writer = JSONWriter()
        let root = try document.parse(text)
        try writer.write(root, from: document, options: .normalizedNumbers)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(arguments: [1, 10, 100, 1000, 100_000, 1_000_000, 10_000_000, 100_000_000] as [Double])
    func sameAsDescription(divisor: Double) throws {
        var generator = SystemRandomNumberGenerator()
        for bits in 1...60 {
            for _ in 0..<60 {
                let whole = UInt64.random(in: 0..<(1 << UInt64(bits)), using: &generator)
                let value = Double(whole) / divisor
                guard value == 0 || value >= 0.0001, value < 1e15 else { continue }
                #expect(JSONNumber.text(of: value) == value.description)
                #expect(JSONNumber.text(of: -value) == (-value).description)
                #expect(JSONNumber.text(of: value.nextUp) == value.nextUp.description)
                #expect(try normalized(value.description) == value.description)
                #expect(try normalized("-" + value.description) == (-value).description)
                #expect(try normalized(value.description + "0") == value.description)
            }
        }
    }

    @Test(arguments: [
        ("0.0", "0.0"), ("-0.0", "-0.0"), ("-0", "-0.0"), ("1.50", "1.5"), ("0.00001", "0.00001"),
        ("0.000001", "1e-6"), ("1717149600.2500001", "1717149600.25"), ("1e3", "1000.0"),
        ("1717149600.123457", "1717149600.123457"), ("9999999999.999999", "9999999999.999998"),
        ("123456789012345678", "123456789012345678"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("99999999999.9", "99999999999.9"), ("18446744073709551615", "18446744073709551615"),
        ("8589934592.123456", "8589934592.123455"), ("100.00", "100.0"), ("0.00", "0.0"),
    ])
    func texts(text: String, expected: String) throws {
        #expect(try normalized(text) == expected)
    }
}
