import NIOCore
import NIOPosix

/// A value that lives on one thread which may block, away from the event loop. Calls are made one
/// after the other, in order.
final class SerialThread<State> {
    /// The box crosses threads, its content is only touched on the pool's single thread.
    private final class Confined: @unchecked Sendable {
        var state: State
        init(_ state: State) { self.state = state }
    }

    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let confined: Confined
    private let eventLoop: any EventLoop

    /// Starts the thread.
    init(_ state: State, eventLoop: any EventLoop) {
        confined = Confined(state)
        self.eventLoop = eventLoop
        pool.start()
    }

    /// Calls a block on the thread, then `completion` on the event loop; not when the thread was
    /// stopped before.
    func call<Result: Sendable>(
        _ body: @escaping @Sendable (inout State) -> Result,
        completion: @escaping (Result) -> Void
    ) {
        let confined = confined
        pool.runIfActive(eventLoop: eventLoop) { body(&confined.state) }
            .assumeIsolated().whenSuccess { completion($0) }
    }

    /// Ends the thread after the calls made so far; does not wait for it.
    func stop() {
        pool.shutdownGracefully { _ in }
    }
}
