import Links
import NIOCore
import NIOEmbedded

/// Two channels in memory; what one writes the other reads.
public final class FramePipe {
    private let near: EmbeddedChannel
    private let far: EmbeddedChannel

    /// `initialise` makes the near end's pipeline, `link` is the far end.
    public init(
        loop: EmbeddedEventLoop, initialise: (any Channel) throws -> Void, far link: FrameLink
    ) throws {
        near = EmbeddedChannel(loop: loop)
        far = EmbeddedChannel(loop: loop)
        try initialise(near)
        try far.pipeline.syncOperations.addHandler(link)
        let address = try SocketAddress(unixDomainSocketPath: "/none")
        near.connect(to: address, promise: nil)
        far.connect(to: address, promise: nil)
    }

    /// Moves bytes both ways; true when there were any.
    public func pump() -> Bool {
        var hasMoved = false
        while let buffer = try? near.readOutbound(as: ByteBuffer.self) {
            if far.isActive { _ = try? far.writeInbound(buffer) }
            hasMoved = true
        }
        while let buffer = try? far.readOutbound(as: ByteBuffer.self) {
            if near.isActive { _ = try? near.writeInbound(buffer) }
            hasMoved = true
        }
        if near.isActive != far.isActive {
            cut()
            hasMoved = true
        }
        return hasMoved
    }

    /// The connection breaks; what was not moved is lost.
    public func cut() {
        near.close(promise: nil)
        far.close(promise: nil)
    }
}
