import Model

/// Hosts of URLs as the WHATWG URL standard reads them: percent signs decoded, capitals made small,
/// international names in punycode, numbers as IPv4 addresses.
enum URLHost {
    /// Longest international host that is read: the work for a label grows with its square.
    private static let internationalBytesMax = 1024

    /// The host in its normal form, nil if it is none or one that is left as it is.
    static func parse(_ bytes: ArraySlice<UInt8>) -> String? {
        if bytes.first == 0x5B {
            guard bytes.last == 0x5D, bytes.allSatisfy({ $0 < 0x80 && isAllowed($0) }) else {
                return nil
            }
            return String(decoding: bytes.map(ASCII.lower), as: UTF8.self)
        }
        var host = bytes
        if host.contains(0x25) {
            let decoded = host.withUnsafeBytes { PercentEncoding.decode($0, plusIsSpace: false) }
            host = decoded[...]
        }
        guard !host.isEmpty else { return nil }
        let name: String
        if host.allSatisfy({ $0 < 0x80 }) {
            name = String(decoding: host.map(ASCII.lower), as: UTF8.self)
        } else {
            guard host.count <= internationalBytesMax,
                let text = String(validating: host, as: UTF8.self),
                let international = international(text)
            else { return nil }
            name = international
        }
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 < 0x80 && isAllowed($0) }) else {
            return nil
        }
        return HostNumber.isLast(in: name) ? HostNumber.address(name) : name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x22, 0x23, 0x25, 0x2F, 0x3C, 0x3E, 0x3F, 0x40, 0x5C, 0x5E, 0x60, 0x7C,
            0x7F...0xFF:
            false
        default: true
        }
    }

    // MARK: International names

    private static func international(_ host: String) -> String? {
        var mapped = String.UnicodeScalarView()
        for scalar in host.lowercased().unicodeScalars {
            // A mark that may belong to the letter before it; the two would have to be joined.
            guard scalar.properties.canonicalCombiningClass == .notReordered else { return nil }
            switch scalar.value {
            // Joiners are allowed in some scripts only, by rules that are not worth their tables.
            case 0x200C, 0x200D: return nil
            // Soft hyphen, zero width space, word joiner, byte order mark, variation selectors.
            case 0xAD, 0x200B, 0x2060, 0xFEFF, 0xFE00...0xFE0F: continue
            case 0x3002, 0xFF0E, 0xFF61: mapped.append(".")
            case 0xFF01...0xFF5E:
                guard let narrow = Unicode.Scalar(scalar.value - 0xFEE0) else { return nil }
                mapped.append(narrow)
            default: mapped.append(scalar)
            }
        }
        var labels: [String] = []
        for label in String(mapped).split(separator: ".", omittingEmptySubsequences: false) {
            if label.utf8.allSatisfy({ $0 < 0x80 }) {
                labels.append(label.lowercased())
            } else {
                labels.append("xn--" + Punycode.encode(Array(label.unicodeScalars)))
            }
        }
        return labels.joined(separator: ".")
    }
}

/// RFC 3492.
enum Punycode {
    /// The label without its `xn--`.
    static func encode(_ label: [Unicode.Scalar]) -> String {
        var output: [UInt8] = label.filter(\.isASCII).map { UInt8($0.value) }
        let basicCount = output.count
        if basicCount > 0 { output.append(0x2D) }
        var handled = basicCount
        var last = 128
        var delta = 0
        var bias = 72
        while handled < label.count {
            var next = Int.max
            for scalar in label where Int(scalar.value) >= last {
                next = min(next, Int(scalar.value))
            }
            delta += (next - last) * (handled + 1)
            last = next
            for scalar in label {
                let value = Int(scalar.value)
                if value < last { delta += 1 }
                guard value == last else { continue }
                append(delta, bias, to: &output)
                bias = adapt(delta, handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            last += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ delta: Int, _ bias: Int, to output: inout [UInt8]) {
        var rest = delta
        var position = 36
        while true {
            let threshold = min(max(position - bias, 1), 26)
            if rest < threshold { break }
            output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            position += 36
        }
        output.append(digit(rest))
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 26 ? 0x61 + value : 0x30 + value - 26)
    }

    private static func adapt(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var rest = isFirst ? delta / 700 : delta / 2
        rest += rest / count
        var position = 0
        while rest > 455 {
            rest /= 35
            position += 36
        }
        return position + 36 * rest / (rest + 38)
    }
}
