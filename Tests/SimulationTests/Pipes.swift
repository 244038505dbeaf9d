import Model
import NIOCore
import NIOEmbedded

@testable import RelayProcessor

/// A channel in memory whose other end is a processor's session.
final class ProcessorPipe {
    let session: ProcessorSession
    /// Bytes come in, but the processor does not look at them.
    var isHanging = false
    private let near: EmbeddedChannel
    private var waiting: [NIOCore.ByteBuffer] = []

    init(
        loop: EmbeddedEventLoop, initialise: (any Channel) throws -> Void,
        session: ProcessorSession
    ) throws {
        self.session = session
        near = EmbeddedChannel(loop: loop)
        try initialise(near)
        near.connect(to: try SocketAddress(unixDomainSocketPath: "/none"), promise: nil)
    }

    /// Moves bytes both ways, which lets the processor work; true when there were any.
    func pump(now: MonotonicTime) -> Bool {
        var hasMoved = false
        while let buffer = try? near.readOutbound(as: NIOCore.ByteBuffer.self) {
            waiting.append(buffer)
            hasMoved = true
        }
        if isHanging { return hasMoved }
        for buffer in waiting {
            buffer.withUnsafeReadableBytes { session.received($0, now: now) {} }
        }
        waiting = []
        session.tick(now: now)
        if session.output.count > 0 {
            let answer = NIOCore.ByteBuffer(bytes: session.output.bytes)
            session.output.consume(session.output.count)
            if near.isActive { _ = try? near.writeInbound(answer) }
            hasMoved = true
        }
        if session.closeReason != nil || session.isFinished, near.isActive {
            cut()
            hasMoved = true
        }
        return hasMoved
    }

    /// The connection breaks; what was not moved is lost.
    func cut() {
        near.close(promise: nil)
    }
}
