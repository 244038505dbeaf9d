import Glibc

/// Reads a file or standard input, whole or by lines, with bounded memory.
final class InputReader {
    /// A line, or what is known of one that was too long.
    enum Line: Equatable {
        /// Bytes of `buffer`, valid until the next call.
        case bytes(Range<Int>)
        case tooLong
    }

    private(set) var buffer: [UInt8] = []
    private let descriptor: Int32
    private let lineBytesMax: Int
    private var start = 0
    /// How far the search for the end of the current line has come.
    private var searched = 0
    private var isAtEnd = false
    private var isSkipping = false

    init(descriptor: Int32, lineBytesMax: Int) {
        self.descriptor = descriptor
        self.lineBytesMax = lineBytesMax
    }

    /// Reads events from a file, from standard input without one.
    convenience init(eventAt path: String?) throws(CommandError) {
        var descriptor = STDIN_FILENO
        if let path {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw CommandError("\(path): \(String(cString: strerror(errno)))")
            }
        }
        self.init(descriptor: descriptor, lineBytesMax: ProcessEventCommand.eventBytesMax)
    }

    /// Whether the next line has to be waited for: the moment to hand on what is ready.
    var isWaitNeeded: Bool { lineEnd() == nil }

    /// Index of the next line break in the buffer.
    private func lineEnd() -> Int? {
        buffer.withUnsafeBytes { raw in
            guard let base = raw.baseAddress, searched < raw.count,
                let found = memchr(base + searched, 0x0a, raw.count - searched)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// The next line without its end; nil after the last one. A line break at the end of the input
    /// starts no further line.
    func nextLine() throws(CommandError) -> Line? {
        while true {
            if let end = lineEnd() {
                let line = start..<end
                start = end + 1
                searched = start
                if isSkipping {
                    isSkipping = false
                    return .tooLong
                }
                return .bytes(line)
            }
            searched = buffer.count
            if isAtEnd {
                defer {
                    start = buffer.count
                    isSkipping = false
                }
                if isSkipping { return .tooLong }
                return start < buffer.count ? .bytes(start..<buffer.count) : nil
            }
            if buffer.count - start > lineBytesMax { isSkipping = true }
            if isSkipping { start = buffer.count }
            try fill()
        }
    }

    /// All that is left; nil when it is longer than a line may be.
    func rest() throws(CommandError) -> Range<Int>? {
        while !isAtEnd {
            guard buffer.count - start <= lineBytesMax else { return nil }
            try fill()
        }
        return buffer.count - start <= lineBytesMax ? start..<buffer.count : nil
    }

    /// The whole input, which is one event.
    func wholeEvent() throws(CommandError) -> Range<Int> {
        guard let range = try rest() else {
            throw CommandError("the event is larger than \(lineBytesMax) bytes")
        }
        return range
    }

    /// Writes one line for each line of the input, in order; what is ready is handed on before the
    /// input is waited for.
    /// - Parameter append: adds what stands for an event of `buffer` to the output.
    func forEachEvent(
        output descriptor: Int32,
        _ append: (Range<Int>, inout OutputWriter) throws(CommandError) -> Void
    ) throws(CommandError) {
        var output = OutputWriter(descriptor: descriptor)
        while true {
            if isWaitNeeded { try output.flush() }
            guard let line = try nextLine() else { break }
            switch line {
            case .tooLong: try output.append(EventTransformation.Refusal.tooLarge.json)
            case .bytes(let range): try append(range, &output)
            }
            try output.append(CollectionOfOne(UInt8(ascii: "\n")))
        }
        try output.flush()
    }

    private func fill() throws(CommandError) {
        if start > 0 {
            buffer.removeFirst(start)
            searched -= start
            start = 0
        }
        let old = buffer.count
        let chunk = 256 << 10
        buffer.append(contentsOf: repeatElement(0, count: chunk))
        var count = -1
        repeat {
            count = buffer.withUnsafeMutableBytes { raw in
                read(descriptor, raw.baseAddress?.advanced(by: old), chunk)
            }
        } while count < 0 && errno == EINTR
        guard count >= 0 else {
            throw CommandError("cannot read the input: \(String(cString: strerror(errno)))")
        }
        buffer.removeLast(chunk - count)
        isAtEnd = count == 0
    }
}

/// Collects output and writes it in large pieces.
struct OutputWriter {
    private var buffer: [UInt8] = []
    private let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    mutating func append(_ bytes: some Sequence<UInt8>) throws(CommandError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 256 << 10 { try flush() }
    }

    mutating func flush() throws(CommandError) {
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes { raw in
                write(descriptor, raw.baseAddress?.advanced(by: written), raw.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CommandError("cannot write the output: \(String(cString: strerror(errno)))")
            }
            written += count
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
