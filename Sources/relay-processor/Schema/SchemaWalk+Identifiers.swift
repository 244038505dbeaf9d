import JSON

/// Identifiers: UUIDs, debug and code ids, addresses, trace and span ids.
extension SchemaWalk {
    /// A UUID in any of its forms; written as 32 digits, or dashed.
    func readUUID(
        _ node: JSONNode, _ kind: JSONKind, expectation: StaticString, dashed: Bool
    ) {
        guard let bytes = document.stringBytes(of: node) else {
            return meta.reject(node, reason: expectation)
        }
        if !dashed, bytes.count == 32, Hexadecimal.areLowerDigits(bytes) { return }
        switch UUIDText.parse(bytes) {
        case .uuid(let high, let low):
            document.setString(node, byteCountMax: 36) {
                UUIDText.write(high, low, dashed: dashed, to: $0)
            }
        case .problem(let text):
            meta.reject(node, reason: document.makeString(text))
        }
    }

    /// UUID and age of a debug file, `…-a` if the age is not 0.
    func readDebugID(_ node: JSONNode, _ kind: JSONKind) {
        guard let bytes = document.stringBytes(of: node) else {
            return meta.reject(node, reason: "expected a debug identifier")
        }
        if UUIDText.isDashed(bytes) { return }
        guard let id = DebugIDText.parse(bytes) else {
            return meta.reject(node, reason: "invalid debug identifier")
        }
        document.setString(node, byteCountMax: 46) { DebugIDText.write(id, to: $0) }
    }

    /// The hexadecimal digits of the text, in lower case.
    func readCodeID(_ node: JSONNode, _ kind: JSONKind) {
        guard let bytes = document.stringBytes(of: node) else {
            return meta.reject(node, reason: "expected a code identifier")
        }
        if Hexadecimal.areLowerDigits(bytes) { return }
        document.setString(node, byteCountMax: bytes.count) { target in
            var count = 0
            for byte in bytes {
                target[count] = byte | 0x20
                count += Hexadecimal.anyValue(byte) == Hexadecimal.noDigit ? 0 : 1
            }
            return count
        }
    }

    /// A number, or text in decimal or `0x…`; written as `0x…`.
    func readAddress(_ node: JSONNode, _ kind: JSONKind, _ expectation: StaticString) {
        if kind == .number, document.isInteger(node) {
            if let value = document.uint64(of: node) { return writeAddress(node, value) }
            if let value = document.int64(of: node) {
                return writeAddress(node, UInt64(bitPattern: value))
            }
        }
        guard let bytes = document.stringBytes(of: node) else {
            return meta.reject(node, reason: expectation)
        }
        if AddressText.isCanonical(bytes) { return }
        switch AddressText.parse(bytes) {
        case .value(let value): writeAddress(node, value)
        case .problem(let reason): meta.reject(node, reason: reason)
        }
    }

    private func writeAddress(_ node: JSONNode, _ value: UInt64) {
        document.setString(node, byteCountMax: 18) { AddressText.write(value, to: $0) }
    }

    /// 32 hexadecimal digits. The nil id is replaced by the id the event engine was given.
    func readTraceID(_ node: JSONNode, _ kind: JSONKind) {
        guard let bytes = document.stringBytes(of: node) else {
            return meta.reject(node, reason: "expected trace id")
        }
        if bytes.count == 32, bytes[0] != 0x30, Hexadecimal.areLowerDigits(bytes) { return }
        guard case .uuid(let high, let low) = UUIDText.parse(bytes) else {
            return meta.reject(node, reason: "not a valid trace id")
        }
        if high == 0, low == 0 {
            meta.addRemark(node, rule: "nil_trace_id", type: .substituted)
            var generator = SystemRandomNumberGenerator()
            let id = UUIDText.random(&generator)
            document.setString(node, byteCountMax: 36) {
                UUIDText.write(id.high, id.low, dashed: false, to: $0)
            }
            return
        }
        if bytes.count == 32, Hexadecimal.areLowerDigits(bytes) { return }
        document.setString(node, byteCountMax: 36) {
            UUIDText.write(high, low, dashed: false, to: $0)
        }
    }

    /// 16 hexadecimal digits, not all zero.
    func readSpanID(_ node: JSONNode, _ kind: JSONKind) {
        guard let bytes = document.stringBytes(of: node) else {
            return meta.reject(node, reason: "expected span id")
        }
        if bytes.count == 16, bytes[0] != 0x30, Hexadecimal.areLowerDigits(bytes) { return }
        guard bytes.count == 16, let value = Hexadecimal.number(bytes), value != 0 else {
            return meta.reject(node, reason: "not a valid span id")
        }
        if Hexadecimal.areLowerDigits(bytes) { return }
        document.setString(node, byteCountMax: 16) { target in
            Hexadecimal.write(value, digits: 16, to: target, at: 0)
            return 16
        }
    }
}
