import Glibc
import JSON

/// Numbers, lenient strings, words.
extension SchemaWalk {
    func readUnsigned(_ node: JSONNode, _ kind: JSONKind) {
        guard kind == .number, let bytes = document.numberBytes(of: node) else {
            return meta.reject(node, reason: "expected an unsigned integer")
        }
        if document.isInteger(node), bytes[0] != 0x2D, bytes.count < 19 { return }
        if let value = document.uint64(of: node) { return document.setNumber(node, value) }
        let value = document.double(of: node) ?? -1
        guard value > -1, value < 18_446_744_073_709_551_616, value >= 0 else {
            return meta.reject(node, reason: "expected an unsigned integer")
        }
        document.setNumber(node, UInt64(value))
    }

    func readSigned(_ node: JSONNode, _ kind: JSONKind) {
        guard kind == .number else {
            return meta.reject(node, reason: "expected a signed integer")
        }
        if document.int64(of: node) != nil { return }
        let value = document.double(of: node) ?? .infinity
        let isWide = document.isInteger(node) && document.uint64(of: node) != nil
        guard !isWide, value >= -9_223_372_036_854_775_808, value < 9_223_372_036_854_775_808
        else { return meta.reject(node, reason: "expected a signed integer") }
        document.setNumber(node, Int64(value))
    }

    func readDouble(_ node: JSONNode, _ kind: JSONKind, _ expectation: StaticString) {
        guard kind == .number else { return meta.reject(node, reason: expectation) }
        guard document.isInteger(node) else { return }
        document.setNumber(node, document.double(of: node) ?? 0)
    }

    /// Text, or a number or bool that becomes text as Python would write it.
    func readLenientString(_ node: JSONNode, _ kind: JSONKind) {
        switch kind {
        case .string: return
        case .bool:
            let value = document.bool(of: node) == true
            document.setString(node, EventMeta.bytes(value ? "True" : "False"))
        case .number:
            if document.isInteger(node), let bytes = document.numberBytes(of: node),
                document.int64(of: node) != nil || document.uint64(of: node) != nil
            {
                return document.setString(node, bytes)
            }
            let value = document.double(of: node) ?? .infinity
            guard value.magnitude < 9_007_199_254_740_992 else {
                return meta.reject(node, reason: "expected a number with JSON precision")
            }
            if value.sign == .minus, value > -1 { return document.setString(node, "-0") }
            document.setNumber(node, Int64(value))
            if let bytes = document.numberBytes(of: node) { document.setString(node, bytes) }
        default: meta.reject(node, reason: "expected a primitive value")
        }
    }

    /// Text, or anything else as JSON text.
    func readJSONString(_ node: JSONNode, _ kind: JSONKind) {
        if kind != .string { document.turnIntoText(node, writer) }
    }

    func readLevel(_ node: JSONNode, _ kind: JSONKind) {
        if kind == .number,
            document.int64(of: node) != nil || document.uint64(of: node) != nil
        {
            switch document.uint64(of: node) {
            case 10: return document.setString(node, "debug")
            case 20: return document.setString(node, "info")
            case 30: return document.setString(node, "warning")
            case 40: return document.setString(node, "error")
            case 50: return document.setString(node, "fatal")
            default: return rejectQuietly(node)
            }
        }
        guard kind == .string else { return meta.reject(node, reason: "expected a level") }
        if document.isString(node, "error") || document.isString(node, "info")
            || document.isString(node, "warning") || document.isString(node, "debug")
            || document.isString(node, "fatal")
        {
            return
        }
        if document.isString(node, "log") { return document.setString(node, "info") }
        if document.isString(node, "critical") { return document.setString(node, "fatal") }
        meta.reject(node, reason: "invalid level")
    }

    /// `invalid_data` without a reason.
    func rejectQuietly(_ node: JSONNode) {
        meta.addError(node, "invalid_data")
        meta.takeOriginal(node)
    }

    func readThreadID(_ node: JSONNode, _ kind: JSONKind) {
        if kind == .string { return }
        guard kind == .number, document.isInteger(node) else {
            return meta.reject(node, reason: "expected a thread id")
        }
        if document.uint64(of: node) != nil { return }
        guard let value = document.int64(of: node) else {
            return meta.reject(node, reason: "expected a thread id")
        }
        document.setNumber(node, UInt64(bitPattern: value))
    }

    func readEventType(_ node: JSONNode, _ kind: JSONKind) {
        guard kind == .string else { return meta.reject(node, reason: "expected a string") }
        for known: StaticString in ["error", "transaction", "default", "csp", "feedback"]
        where document.isString(node, known) {
            return
        }
        rejectQuietly(node)
    }

    func readSpanStatus(_ node: JSONNode, _ kind: JSONKind) {
        if kind == .number, document.int64(of: node) != nil {
            guard let number = document.uint64(of: node), number < SpanStatus.names.count else {
                return meta.reject(node, reason: "expected a trace status")
            }
            return document.setString(node, EventMeta.bytes(SpanStatus.names[Int(number)]))
        }
        guard kind == .string else { return meta.reject(node, reason: "expected a string") }
        for index in SpanStatus.names.indices
        where document.isString(node, SpanStatus.names[index]) {
            return
        }
        if document.isString(node, "success") { return document.setString(node, "ok") }
        if document.isString(node, "failure") || document.isString(node, "unknown_error") {
            return document.setString(node, "internal_error")
        }
        meta.reject(node, reason: "expected a trace status")
    }

    func readLockReason(_ node: JSONNode, _ kind: JSONKind) {
        guard kind == .number,
            document.int64(of: node) != nil || document.uint64(of: node) != nil
        else {
            return meta.reject(node, reason: "expected lock reason type")
        }
        switch document.uint64(of: node) {
        case 1, 2, 4, 8: return
        default: rejectQuietly(node)
        }
    }

    func readInferIP(_ node: JSONNode, _ kind: JSONKind) {
        guard kind == .string else { return meta.reject(node, reason: "expected a string") }
        if document.isString(node, "auto") || document.isString(node, "never") { return }
        // The default, which is not written.
        if document.isString(node, "legacy") { return document.setNull(node) }
        rejectQuietly(node)
    }

    /// An IPv4 or IPv6 address, or the placeholder that asks for the sender's.
    func readIPAddress(_ node: JSONNode, _ kind: JSONKind) {
        if let bytes = document.stringBytes(of: node),
            IPAddress.isAddress(bytes) || document.isString(node, "{{auto}}")
        {
            return
        }
        meta.reject(node, reason: "expected an ip address")
    }

    /// Units of measurements: known words in lower case, short forms spelled out, other words of at
    /// most 15 ASCII characters as they are.
    func readMetricUnit(_ node: JSONNode, _ kind: JSONKind) {
        guard let bytes = document.stringBytes(of: node) else {
            return meta.reject(node, reason: "expected a string")
        }
        switch MetricUnit.canonical(bytes) {
        case .known(let name):
            if bytes.count != name.utf8CodeUnitCount || !document.isString(node, name) {
                document.setString(node, EventMeta.bytes(name))
            }
        case .custom:
            guard bytes.contains(where: { $0 >= 0x41 && $0 <= 0x5A }) else { return }
            document.setString(node, byteCountMax: bytes.count) { target in
                for index in 0..<bytes.count { target[index] = ASCII.lower(bytes[index]) }
                return bytes.count
            }
        case .invalid: rejectQuietly(node)
        }
    }
}

/// The statuses of a span, by their number in gRPC.
enum SpanStatus {
    static let names: [StaticString] = [
        "ok", "cancelled", "unknown", "invalid_argument", "deadline_exceeded", "not_found",
        "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
        "aborted", "out_of_range", "unimplemented", "internal_error", "unavailable", "data_loss",
        "unauthenticated",
    ]
}

/// Units that measurements may have.
enum MetricUnit {
    enum Result {
        case known(StaticString)
        case custom
        case invalid
    }

    static let names: [StaticString] = [
        "nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week",
        "bit", "byte", "kilobyte", "kibibyte", "megabyte", "mebibyte", "gigabyte", "gibibyte",
        "terabyte", "tebibyte", "petabyte", "pebibyte", "exabyte", "exbibyte", "ratio", "percent",
        "none",
    ]

    static func canonical(_ bytes: UnsafeRawBufferPointer) -> Result {
        guard bytes.count <= 15 else { return .invalid }
        if bytes.isEmpty { return .known("none") }
        for name in names where equalIgnoringCase(bytes, name) { return .known(name) }
        if bytes.elementsEqual("ns".utf8) { return .known("nanosecond") }
        if bytes.elementsEqual("ms".utf8) { return .known("millisecond") }
        if bytes.elementsEqual("s".utf8) { return .known("second") }
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: continue
            default: return .invalid
            }
        }
        return .custom
    }

    private static func equalIgnoringCase(
        _ bytes: UnsafeRawBufferPointer, _ name: StaticString
    ) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count {
            let byte = bytes[index]
            let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if lower != name.utf8Start[index] { return false }
        }
        return true
    }
}

/// Internet addresses in text form.
enum IPAddress {
    /// Whether the text is an IPv4 or IPv6 address, without zone or prefix.
    static func isAddress(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 2, bytes.count <= 45, bytes.allSatisfy({ $0 != 0 && $0 < 0x80 })
        else { return false }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 46) { text in
            for index in 0..<bytes.count { text[index] = CChar(bitPattern: bytes[index]) }
            text[bytes.count] = 0
            guard let start = text.baseAddress else { return false }
            var address = (UInt64(0), UInt64(0))
            let family = bytes.contains(0x3A) ? AF_INET6 : AF_INET
            return inet_pton(family, start, &address) == 1
        }
    }
}
