/// Sizes in the spellings of `config.yml`: `1048576`, `"1MiB"`, `"50KB"`, `"1.23 GB"`, `"10 b"`.
/// Units with an `i` count in 1024, the others in 1000; case does not matter.
public enum ByteSize {
    /// Bytes of a spelling; nil for anything else, negative or larger than `Int.max`.
    public static func parse(_ text: some StringProtocol) -> Int? {
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count, bytes[index] == UInt8(ascii: " ") { index += 1 }
        let start = index
        var dots = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ".") {
                dots += 1
            } else if !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
                break
            }
            index += 1
        }
        guard index > start, dots <= 1, index - start <= 32 else { return nil }
        let number = String(decoding: bytes[start..<index], as: UTF8.self)
        let unit = String(decoding: bytes[index...], as: UTF8.self)
            .filter { $0 != " " }.lowercased()
        guard let factor = factor(unit) else { return nil }
        if dots == 0 {
            guard let whole = Int(number) else { return nil }
            let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        guard let value = Double(number) else { return nil }
        let product = value * Double(factor)
        return product < 9e18 ? Int(product.rounded(.down)) : nil
    }

    private static func factor(_ unit: String) -> Int? {
        switch unit {
        case "", "b", "byte", "bytes": 1
        case "kb", "k": 1000
        case "mb", "m": 1_000_000
        case "gb", "g": 1_000_000_000
        case "tb", "t": 1_000_000_000_000
        case "kib", "ki": 1 << 10
        case "mib", "mi": 1 << 20
        case "gib", "gi": 1 << 30
        case "tib", "ti": 1 << 40
        default: nil
        }
    }

    /// The shortest exact spelling: `1MiB`, `50KB`, `1234B`.
    public static func format(_ bytes: Int) -> String {
        let units: [(Int, String)] = [
            (1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"),
            (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "KB"),
        ]
        for (factor, name) in units where bytes >= factor && bytes % factor == 0 {
            return "\(bytes / factor)\(name)"
        }
        return "\(bytes)B"
    }
}
