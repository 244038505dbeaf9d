import Model
import NIOCore
import NIOEmbedded
import Wire

@testable import Links

/// Two ends of a link in memory, on one loop with a clock that tests move.
final class LinkPair {
    let loop = EmbeddedEventLoop()
    let asker: FrameLink
    let answerer: FrameLink
    let askerChannel: EmbeddedChannel
    let answererChannel: EmbeddedChannel
    /// Frames that each owner was given, and what it was told, in order.
    var askerEvents: [String] = []
    var answererEvents: [String] = []
    var answererFrames: [Frame] = []
    /// Writes the asker's side has made.
    var askerWrites = 0

    init(
        asker askerSettings: LinkSettings = LinkSettings(role: .ingest, peerRoles: [.projects]),
        answerer answererSettings: LinkSettings = LinkSettings(
            role: .projects, peerRoles: [.ingest]),
        limits: FrameLinkLimits = FrameLinkLimits()
    ) throws {
        var told: [(Bool, String)] = []
        var frames: [Frame] = []
        let box = Box(
            tell: { told.append(($0, $1)) },
            frame: { frames.append($0) })
        func callbacks(_ isAsker: Bool) -> FrameLinkCallbacks {
            FrameLinkCallbacks(
                opened: { _ in box.tell(isAsker, "opened") },
                received: { _, frame in
                    box.tell(isAsker, "\(frame.message.type)")
                    box.frame(frame)
                },
                drained: { _ in box.tell(isAsker, "drained") },
                closed: { _, reason in box.tell(isAsker, "closed \(reason)") })
        }
        asker = FrameLink(settings: askerSettings, limits: limits, callbacks: callbacks(true))
        answerer = FrameLink(
            settings: answererSettings, limits: limits, callbacks: callbacks(false))
        askerChannel = EmbeddedChannel(loop: loop)
        answererChannel = EmbeddedChannel(loop: loop)
        box.tell = { [unowned self] isAsker, text in
            if isAsker { askerEvents.append(text) } else { answererEvents.append(text) }
        }
        box.frame = { [unowned self] in answererFrames.append($0) }
        try askerChannel.pipeline.syncOperations.addHandler(asker)
        try answererChannel.pipeline.syncOperations.addHandler(answerer)
        try askerChannel.connect(to: SocketAddress(unixDomainSocketPath: "/a")).wait()
        try answererChannel.connect(to: SocketAddress(unixDomainSocketPath: "/b")).wait()
    }

    private final class Box {
        var tell: (Bool, String) -> Void
        var frame: (Frame) -> Void

        init(tell: @escaping (Bool, String) -> Void, frame: @escaping (Frame) -> Void) {
            self.tell = tell
            self.frame = frame
        }
    }

    /// Carries bytes both ways until nothing moves; `chunkBytes` cuts them.
    func pump(chunkBytes: Int = .max) throws {
        var isMoving = true
        while isMoving {
            isMoving = false
            loop.run()
            while let bytes = try askerChannel.readOutbound(as: ByteBuffer.self) {
                askerWrites += 1
                isMoving = true
                try deliver(bytes, to: answererChannel, chunkBytes)
            }
            while let bytes = try answererChannel.readOutbound(as: ByteBuffer.self) {
                isMoving = true
                try deliver(bytes, to: askerChannel, chunkBytes)
            }
        }
    }

    private func deliver(
        _ bytes: ByteBuffer, to channel: EmbeddedChannel, _ chunkBytes: Int
    ) throws {
        var bytes = bytes
        while bytes.readableBytes > 0, channel.isActive {
            guard let chunk = bytes.readSlice(length: min(chunkBytes, bytes.readableBytes)) else {
                return
            }
            try channel.writeInbound(chunk)
        }
    }

    func advance(_ seconds: Int64) throws {
        loop.advanceTime(by: .seconds(seconds))
        try pump()
    }
}
