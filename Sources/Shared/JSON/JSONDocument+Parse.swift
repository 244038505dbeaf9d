import Glibc

extension JSONDocument {
    /// Forgets the old tree and reads one JSON text.
    ///
    /// - Returns: the root.
    /// - Throws: what is wrong and where; the document is empty then.
    public func parse(
        _ bytes: UnsafeRawBufferPointer, options: JSONParseOptions = []
    ) throws(JSONError) -> JSONNode {
        reset()
        return try parseFragment(bytes, options: options)
    }

    /// Forgets the old tree and reads one JSON text.
    public func parse(
        _ bytes: [UInt8], options: JSONParseOptions = []
    ) throws(JSONError) -> JSONNode {
        let result: Result<JSONNode, JSONError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(JSONError) in try parse(buffer, options: options) }
        }
        return try result.get()
    }

    /// Forgets the old tree and reads one JSON text.
    public func parse(
        _ string: String, options: JSONParseOptions = []
    ) throws(JSONError) -> JSONNode {
        var string = string
        let result: Result<JSONNode, JSONError> = string.withUTF8 { buffer in
            Result { () throws(JSONError) in
                try parse(UnsafeRawBufferPointer(buffer), options: options)
            }
        }
        return try result.get()
    }

    /// Reads one more JSON text into the same arena, for example one that was inside a string.
    /// The bytes may be a slice of this document. Existing nodes stay.
    ///
    /// - Returns: a detached root.
    public func parseFragment(
        _ bytes: UnsafeRawBufferPointer, options: JSONParseOptions = []
    ) throws(JSONError) -> JSONNode {
        let buffer = try reserveInput(bytes.count)
        if let target = buffer.baseAddress, let source = bytes.baseAddress, !bytes.isEmpty {
            memcpy(target, source, bytes.count)
        }
        return try parseReserved(bytes.count, options: options)
    }

    /// Forgets the old tree and hands out room for an input, which saves the copy that `parse`
    /// makes. Fill it, then call `parsePrepared`.
    public func prepareInput(
        byteCount: Int
    ) throws(JSONError) -> UnsafeMutableRawBufferPointer {
        reset()
        let buffer = try reserveInput(byteCount)
        state.pointee.preparedByteCount = byteCount
        return buffer
    }

    /// Reads the first `byteCount` bytes of the room that `prepareInput` handed out.
    public func parsePrepared(
        byteCount: Int, options: JSONParseOptions = []
    ) throws(JSONError) -> JSONNode {
        guard byteCount >= 0, byteCount <= state.pointee.preparedByteCount else {
            throw JSONError(.inputTooLarge, offset: max(state.pointee.preparedByteCount, 0))
        }
        state.pointee.preparedByteCount = 0
        return try parseReserved(byteCount, options: options)
    }

    private func reserveInput(_ byteCount: Int) throws(JSONError) -> UnsafeMutableRawBufferPointer {
        guard nodeEnd > 1 else { throw JSONError(.outOfMemory, offset: 0) }
        guard byteCount >= 0, byteCount <= limits.inputBytesMax - state.pointee.inputCount,
            state.pointee.textCount + byteCount + Self.paddingBytes <= textEnd
        else { throw JSONError(.inputTooLarge, offset: limits.inputBytesMax) }
        let start = state.pointee.textCount
        state.pointee.textTouched = max(state.pointee.textTouched, start + byteCount)
        return UnsafeMutableRawBufferPointer(start: text + start, count: byteCount)
    }

    private func parseReserved(
        _ byteCount: Int, options: JSONParseOptions
    ) throws(JSONError) -> JSONNode {
        let start = state.pointee.textCount
        let end = start + byteCount
        memset(text + end, 0, Self.paddingBytes)
        let firstNode = state.pointee.nodeCount
        let parser = JSONParser(document: self, start: start, end: end, options: options)
        let result = parser.run()
        nodes[0].next = 0
        state.pointee.nodesTouched = max(state.pointee.nodesTouched, result.nodeCount)
        if let failure = JSONError.Kind(rawValue: result.failure) {
            throw JSONError(failure, offset: result.offset - start)
        }
        state.pointee.nodeCount = result.nodeCount
        state.pointee.textCount = end + Self.paddingBytes
        state.pointee.inputCount += byteCount
        return JSONNode(index: firstNode)
    }
}
