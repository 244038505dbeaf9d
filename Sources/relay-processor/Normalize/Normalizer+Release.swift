import JSON

/// Release, environment and distribution must be usable as names.
extension Normalizer {
    func normalizeReleaseAndEnvironment() {
        let release = find(Key.release, in: event)
        if let bytes = text(release), !NameRules.isRelease(bytes) { rejectQuietly(release) }
        let environment = find(Key.environment, in: event)
        if let bytes = text(environment), !NameRules.isEnvironment(bytes) {
            rejectQuietly(environment)
        }
    }

    func normalizeDist() {
        let node = find(Key.dist, in: event)
        guard let bytes = text(node) else { return }
        let range = WhiteSpace.trimmed(bytes)
        if range.isEmpty { return document.setNull(node) }
        if range.count != bytes.count { document.narrowString(node, to: range) }
        for scalar in (document.string(of: node) ?? "").unicodeScalars
        where !NameRules.isDistCharacter(scalar) {
            return reject(node, invalidCharacter: scalar)
        }
        if text(node)?.count ?? 0 > 64 {
            meta.addError(node, "value_too_long")
            meta.takeOriginal(node)
        }
    }

    /// Fails a value for a character that may not be in it.
    func reject(_ node: JSONNode, invalidCharacter scalar: Unicode.Scalar) {
        meta.reject(
            node,
            reason: document.makeString("invalid character '\(NameRules.escaped(scalar))'"))
    }
}

/// Which names are allowed.
enum NameRules {
    static func isRelease(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= 200 else { return false }
        for byte in bytes {
            switch byte {
            case 0x00...0x1F, 0x7F, 0x2F, 0x5C: return false
            default: continue
            }
        }
        if bytes.count <= 2, !bytes.isEmpty, bytes.allSatisfy({ $0 == 0x2E }) { return false }
        return !ASCII.equalIgnoringCase(bytes, "latest")
    }

    static func isEnvironment(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= 64, !ASCII.equalIgnoringCase(bytes, "none") else { return false }
        for byte in bytes {
            switch byte {
            case 0x00...0x1F, 0x7F, 0x2F, 0x5C: return false
            default: continue
            }
        }
        return true
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    static func isDistCharacter(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return false }
        switch UInt8(truncatingIfNeeded: scalar.value) {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x2E: return true
        default: return false
        }
    }

    /// A character as Rust prints it.
    static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "'": return "\\'"
        case "\\": return "\\\\"
        case "\0": return "\\0"
        default:
            return isPrintable(scalar)
                ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
        if scalar.properties.isGraphemeExtend { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator, .spaceSeparator:
            return false
        default: return true
        }
    }

    /// Letters, digits, `_`, `-`, `.`, `:`.
    static func isTagKeyCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x2E, 0x3A: true
        default: false
        }
    }

    /// Letters, digits, `_`, `.`.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E: true
        default: false
        }
    }

    /// The first character that is not allowed; none but those of ASCII are.
    static func firstOther(
        _ bytes: UnsafeRawBufferPointer, isAllowed: (UInt8) -> Bool
    ) -> Unicode.Scalar? {
        guard bytes.contains(where: { !isAllowed($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.first {
            $0.isASCII ? !isAllowed(UInt8(truncatingIfNeeded: $0.value)) : true
        }
    }
}
