import JSON
import Testing

@testable import Model

@Suite struct MessageFormatTests {
    private func format(_ template: String, _ params: String) throws -> String? {
        let document = JSONDocument()
        let root = try document.parse(Array(params.utf8))
        return Array(template.utf8).withUnsafeBytes { bytes in
            MessageFormat.format(bytes, root, document, JSONWriter())
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test(arguments: [
        ("a %s", #"["b"]"#, "a b"), ("%d %% of %s", #"[50, "x"]"#, "50 % of x"),
        ("%(k)s", #"{"k":"v"}"#, "v"), ("%-5s|%05.2f", #"["b", 1.5]"#, "b|1.5"),
        ("50% off %s", #"["b"]"#, "50% off b"), ("%q %s", #"["b"]"#, "%q b"),
        ("%x %X %o", "[255, 255, 8]", "ff FF 10"), ("%x", "[-1]", "ffffffffffffffff"),
        ("%#x", "[255]", "0xff"),
        ("%r %s", #"["b", {"z":1,"a":[2.0]}]"#, #""b" {"a":[2.0],"z":1}"#),
        ("%s {}", "[true]", "true {}"), ("{} {}", #"["a", 2]"#, "a 2"),
        ("{1} {0}", #"["a", "b"]"#, "b a"), ("{k} {:x}", #"{"k":"v"}"#, "v {:x}"),
        ("{{}}", "[1]", "{1}"), ("{é}", #"{"é":1}"#, "1"),
    ]) func places(template: String, params: String, expected: String) throws {
        #expect(try format(template, params) == expected)
    }

    @Test(arguments: [
        ("1.0", "1"), ("-0.0", "-0"), ("-0", "-0"), ("1.5", "1.5"), ("1e10", "10000000000"),
        ("1e21", "1000000000000000000000"), ("1e-7", "0.0000001"), ("-12.5e-3", "-0.0125"),
        ("18446744073709551615", "18446744073709551615"), ("0.1", "0.1"),
    ]) func fractions(number: String, expected: String) throws {
        #expect(try format("%s", "[\(number)]") == expected)
    }

    @Test(arguments: [
        ("1.0", "1e0"), ("-0.0", "-0e0"), ("150.25", "1.5025e2"), ("1e-7", "1e-7"),
    ]) func exponents(number: String, expected: String) throws {
        #expect(try format("%e", "[\(number)]") == expected)
    }

    @Test(arguments: [
        ("%s %s", #"["b"]"#), ("%s", "[null]"), ("%(z)s", #"{"k":1}"#), ("%(0)s", #"["b"]"#),
        ("%x", #"["b"]"#), ("%x", "[1.5]"), ("%e", "[1]"), ("{0}", #"{"0":1}"#), ("{9}", "[1]"),
        ("plain", #"["b"]"#), ("%s", #""text""#),
    ]) func leaves(template: String, params: String) throws {
        #expect(try format(template, params) == nil)
    }
}
