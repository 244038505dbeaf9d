import Glibc
import JSON

/// A text of which parts are redacted already and opaque to further rules.
///
///     text       Mail [email] from [ip]!      remarks  @email 5–12, @ip 18–22
///     searched   Mail ␀ from ␀!               one NUL per redacted part, NULs of the text are gone
///     redactions ["[email]", "[ip]"]          in order
///
/// A rule searches the middle line, so that no match starts inside a redacted part. All buffers are
/// used again from text to text.
final class ChunkedText {
    struct Redaction {
        var type: EventMeta.RemarkType
        /// The rule's name.
        var rule: JSONNode
        /// Bytes in `pool`.
        var start: Int
        var end: Int
    }

    /// Redactions of one text; what would be more becomes one.
    static let redactionsMax = 10_000

    private(set) var searched = ByteBuffer()
    private(set) var redactions: [Redaction] = []
    private var pool = ByteBuffer()
    private var nextSearched = ByteBuffer()
    private var nextRedactions: [Redaction] = []
    /// Position in `redactions` while the next text is built.
    private var queue = 0
    /// Whether any rule has changed the text.
    private(set) var isChanged = false
    private var hasTextChunk = false
    /// Characters of the text before the first change.
    private(set) var originalCharacters = 0

    /// Whether there is anything that is not redacted yet.
    var hasText: Bool { hasTextChunk }
    var text: ScannedText { searched.text }

    // MARK: Start

    func begin(_ text: ScannedText, _ node: JSONNode, _ meta: EventMeta) {
        searched.removeAll()
        pool.removeAll()
        redactions.removeAll(keepingCapacity: true)
        isChanged = false
        hasTextChunk = false
        originalCharacters = ChunkedText.characterCount(text)
        var position = 0
        var isBroken = false
        if !meta.isEmpty(node) {
            meta.forEachRemark(node) { remark in
                guard let range = remark.range, !isBroken else { return }
                guard range.lowerBound >= position else { return }
                guard ChunkedText.isSlice(text, position..<range.lowerBound),
                    ChunkedText.isSlice(text, range)
                else {
                    isBroken = true
                    return
                }
                appendText(text, position..<range.lowerBound)
                let start = pool.count
                pool.append(text.base + range.lowerBound, range.count)
                redactions.append(
                    Redaction(type: remark.type, rule: remark.rule, start: start, end: pool.count))
                searched.append(0)
                position = range.upperBound
            }
        }
        if position < text.count { appendText(text, position..<text.count) }
    }

    private static func isSlice(_ text: ScannedText, _ range: Range<Int>) -> Bool {
        guard range.upperBound <= text.count else { return false }
        return isCharacterStart(text, range.lowerBound) && isCharacterStart(text, range.upperBound)
    }

    private static func isCharacterStart(_ text: ScannedText, _ offset: Int) -> Bool {
        offset >= text.count || text[offset] & 0xC0 != 0x80
    }

    static func characterCount(_ text: ScannedText) -> Int {
        var count = 0
        for offset in 0..<text.count where text[offset] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    private func appendText(_ text: ScannedText, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        hasTextChunk = true
        let target = searched
        var position = range.lowerBound
        while position < range.upperBound {
            let end = ChunkedText.nextNUL(text.base, position, range.upperBound)
            target.append(text.base + position, end - position)
            position = end + 1
        }
    }

    /// The first NUL from `start`, or `end`.
    @inline(__always)
    private static func nextNUL(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int
    ) -> Int {
        guard start < end, let found = memchr(base + start, 0, end - start) else { return end }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    // MARK: Building the next text

    func beginRule() {
        nextSearched.removeAll()
        nextRedactions.removeAll(keepingCapacity: true)
        queue = 0
    }

    /// Whether no more redactions should be added one by one.
    var isFull: Bool { nextRedactions.count >= ChunkedText.redactionsMax }

    /// Takes over a part of the text that the rule leaves alone.
    func keep(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let source = searched.base
        let target = nextSearched
        var position = range.lowerBound
        while position < range.upperBound {
            let end = ChunkedText.nextNUL(source, position, range.upperBound)
            target.append(source + position, end - position)
            if end < range.upperBound, queue < redactions.count {
                nextRedactions.append(redactions[queue])
                queue += 1
                target.append(0)
            }
            position = end + 1
        }
    }

    /// Puts a redaction in place of a part of the text.
    func redact(
        _ range: Range<Int>, method: ScrubMethod, text: [UInt8]?, rule: JSONNode
    ) {
        let start = pool.count
        let type: EventMeta.RemarkType
        switch method {
        case .drop: return
        case .remove: type = .removed
        case .replace:
            type = .substituted
            text?.withUnsafeBufferPointer {
                if let base = $0.baseAddress { pool.append(base, $0.count) }
            }
        case .mask:
            type = .masked
            let part = ScannedText(base: searched.base + range.lowerBound, count: range.count)
            pool.append(repeating: 0x2A, count: ChunkedText.characterCount(part))
        case .hash:
            type = .pseudonymized
            let target = pool.reserve(HashedText.byteCount)
            HashedText.write(
                UnsafeRawBufferPointer(start: searched.base + range.lowerBound, count: range.count),
                to: target)
        }
        nextRedactions.append(Redaction(type: type, rule: rule, start: start, end: pool.count))
        nextSearched.append(0)
    }

    /// The next text becomes the text, unless it reads the same.
    func endRule() {
        if isSameText() { return }
        swap(&searched, &nextSearched)
        swap(&redactions, &nextRedactions)
        isChanged = true
        hasTextChunk = searched.count > redactions.count
    }

    private func isSameText() -> Bool {
        guard byteCount(searched, redactions) == byteCount(nextSearched, nextRedactions) else {
            return false
        }
        var old = JoinedBytes(searched, redactions, pool)
        var new = JoinedBytes(nextSearched, nextRedactions, pool)
        while let byte = old.next() {
            if new.next() != byte { return false }
        }
        return true
    }

    private func byteCount(_ text: ByteBuffer, _ redactions: [Redaction]) -> Int {
        var count = text.count - redactions.count
        for redaction in redactions { count += redaction.end - redaction.start }
        return count
    }

    // MARK: End

    /// Bytes of the text with its redactions.
    var joinedByteCount: Int { byteCount(searched, redactions) }

    /// Writes the text with its redactions, returns its length.
    func writeJoined(to target: UnsafeMutablePointer<UInt8>) -> Int {
        let source = searched.base
        let count = searched.count
        let redacted = pool.base
        var position = 0
        var offset = 0
        for redaction in redactions {
            let end = ChunkedText.nextNUL(source, offset, count)
            (target + position).update(from: source + offset, count: end - offset)
            position += end - offset
            guard end < count else { return position }
            let length = redaction.end - redaction.start
            (target + position).update(from: redacted + redaction.start, count: length)
            position += length
            offset = end + 1
        }
        (target + position).update(from: source + offset, count: count - offset)
        return position + count - offset
    }

    /// Replaces the node's remarks by those of the redacted parts.
    func writeRemarks(to node: JSONNode, _ meta: EventMeta) {
        meta.clearRemarks(node)
        let source = searched.base
        let count = searched.count
        var position = 0
        var offset = 0
        for redaction in redactions {
            let found = ChunkedText.nextNUL(source, offset, count)
            guard found < count else { break }
            position += found - offset
            let end = position + redaction.end - redaction.start
            meta.addRemark(node, rule: redaction.rule, type: redaction.type, range: position..<end)
            position = end
            offset = found + 1
        }
        meta.setOriginalLength(node, originalCharacters)
    }

    /// The bytes of a text with its redactions, one after the other.
    private struct JoinedBytes: IteratorProtocol {
        let text: ByteBuffer
        let redactions: [Redaction]
        let pool: ByteBuffer
        var offset = 0
        var number = 0
        var inside = -1

        init(_ text: ByteBuffer, _ redactions: [Redaction], _ pool: ByteBuffer) {
            self.text = text
            self.redactions = redactions
            self.pool = pool
        }

        mutating func next() -> UInt8? {
            while true {
                if inside >= 0 {
                    if inside < redactions[number].end {
                        inside += 1
                        return pool.base[inside - 1]
                    }
                    inside = -1
                    number += 1
                    offset += 1
                }
                guard offset < text.count else { return nil }
                if text.base[offset] == 0, number < redactions.count {
                    inside = redactions[number].start
                } else {
                    offset += 1
                    return text.base[offset - 1]
                }
            }
        }
    }
}
