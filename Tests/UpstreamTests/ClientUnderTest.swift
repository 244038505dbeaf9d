import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Upstream

/// A client on a loop of its own thread, used from a test.
struct ClientUnderTest: Sendable {
    let eventLoop: any EventLoop
    private let client: NIOLoopBound<UpstreamClient>

    /// For callers on the loop.
    var onLoop: UpstreamClient { client.value }

    init(eventLoop: any EventLoop, settings: UpstreamSettings) async throws {
        self.eventLoop = eventLoop
        client = try await eventLoop.submit {
            NIOLoopBound(
                UpstreamClient(
                    settings: settings, eventLoop: eventLoop,
                    logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })),
                eventLoop: eventLoop)
        }.get()
    }

    /// Asks something of the client on its loop.
    func query<Value: Sendable>(
        _ body: @escaping @Sendable (UpstreamClient) -> Value
    ) async throws -> Value {
        let client = client
        return try await eventLoop.submit { body(client.value) }.get()
    }

    /// The answer to a request.
    func send(
        _ request: @escaping @Sendable () -> UpstreamRequest
    ) async -> Result<UpstreamResponse, UpstreamError> {
        let client = client
        return await withCheckedContinuation { continuation in
            eventLoop.execute {
                client.value.send(request()) { continuation.resume(returning: $0) }
            }
        }
    }

    func post(_ body: String = "{}", isRepeatable: Bool = true, bytesMax: Int = 1 << 20) async
        -> Result<UpstreamResponse, UpstreamError>
    {
        await send {
            UpstreamRequest(
                method: .POST, path: "/api/42/envelope/", body: ByteBuffer(string: body),
                isRepeatable: isRepeatable, responseBytesMax: bytesMax)
        }
    }
}

extension Result where Success == UpstreamResponse, Failure == UpstreamError {
    var status: UInt? {
        if case .success(let response) = self { return response.status.code }
        return nil
    }
    var error: UpstreamError? {
        if case .failure(let error) = self { return error }
        return nil
    }
}

extension UpstreamSettings {
    /// Quick time-outs for tests.
    static func local(port: Int) -> UpstreamSettings {
        var settings = UpstreamSettings(
            isSecure: false, host: "127.0.0.1", port: UInt16(clamping: port))
        settings.connectTimeout = .seconds(5)
        settings.responseTimeout = .seconds(5)
        return settings
    }
}
