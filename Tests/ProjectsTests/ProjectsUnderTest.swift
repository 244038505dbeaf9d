import Config
import Glibc
import Links
import Logging
import Model
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Signing
import Upstream
import Wire

@testable import RelayProjects

/// A configuration folder with credentials, a fake upstream, and relay-projects as a library behind
/// a real Unix socket, with a link to it.
final class ProjectsUnderTest: Sendable {
    let folder = TemporaryFolder()
    let group: MultiThreadedEventLoopGroup
    let upstream: FakeUpstream
    let mode: String
    private let key = SigningKey.generate()
    private let settings: String
    private let running = NIOLockedValueBox<Running?>(nil)
    let statuses = NIOLockedValueBox<[ProjectsStatus]>([])

    /// Bound values of one run.
    private struct Running: Sendable {
        var composition: NIOLoopBound<ProjectsComposition>
        var client: NIOLoopBound<FrameLinkClient>
    }

    /// - Parameter settings: JSON members of `config.yml` beside `relay`.
    init(mode: String = "managed", settings: String = "") {
        self.mode = mode
        self.settings = settings
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        upstream = FakeUpstream(publicKey: key.publicKey, group: group)
    }

    func writeConfiguration(port: Int) {
        let credentials = Credentials(
            secretKey: key.base64URL, publicKey: key.publicKey.base64URL,
            id: "01234567-89ab-cdef-0123-456789abcdef")
        folder.write("credentials.json", credentials.json)
        let relay = "{\"mode\":\"\(mode)\",\"upstream\":\"http://127.0.0.1:\(port)/\"}"
        let more = settings.isEmpty ? "" : ",\(settings)"
        folder.write("config.yml", "{\"relay\":\(relay)\(more)}")
        mkdir(folder.path("projects"), 0o700)
    }

    /// Starts relay-projects and connects a link.
    func run() async throws {
        let loaded = try RelayConfig.load(directory: folder.path, environment: [:])
        let loop = group.next()
        let socket = folder.path("p.sock")
        let statuses = statuses
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let quiet = logger
        let opened = loop.makePromise(of: Void.self)
        let values = try await loop.flatSubmit { () -> EventLoopFuture<Running> in
            let clocks = RegistrationClient.Clocks(
                now: { MonotonicTime(nanoseconds: Int64(NIODeadline.now().uptimeNanoseconds)) },
                wallNow: {
                    var time = timespec()
                    clock_gettime(CLOCK_REALTIME, &time)
                    return WallTime(
                        microseconds: Int64(time.tv_sec) * 1_000_000
                            + Int64(time.tv_nsec) / 1000)
                })
            do {
                let composition = try ProjectsComposition(
                    loaded, eventLoop: loop, clocks: clocks, seed: 1, logger: quiet)
                let client = FrameLinkClient(
                    path: socket, eventLoop: loop,
                    settings: LinkSettings(role: .ingest, peerRoles: [.projects]),
                    logger: quiet,
                    callbacks: FrameLinkCallbacks(
                        opened: { _ in opened.succeed() },
                        received: { _, frame in
                            guard case .status(let status) = frame.message else { return }
                            statuses.withLockedValue { $0.append(status) }
                        }))
                let values = Running(
                    composition: NIOLoopBound(composition, eventLoop: loop),
                    client: NIOLoopBound(client, eventLoop: loop))
                return composition.start(.path(socket)).map {
                    values.client.value.start()
                    return values
                }
            } catch {
                return loop.makeFailedFuture(error)
            }
        }.get()
        running.withLockedValue { $0 = values }
        try await opened.futureResult.get()
    }

    /// Asks a question over the link.
    func ask(_ message: Message, timeout: Duration = .seconds(20)) async throws -> Message {
        guard let values = running.withLockedValue({ $0 }) else { throw NotRunning() }
        let loop = group.next()
        return try await loop.flatSubmit {
            let promise = loop.makePromise(of: Message.self)
            values.client.value.request(message, timeout: timeout) {
                promise.completeWith($0.mapError { $0 as any Error })
            }
            return promise.futureResult
        }.get()
    }

    /// Sends a notice over the link.
    func tell(_ message: Message) async throws {
        guard let values = running.withLockedValue({ $0 }) else { throw NotRunning() }
        _ = try await group.next().submit { values.client.value.send(message) }.get()
    }

    func state(
        of projectKey: ProjectKey, _ freshness: StateFreshness = .fetched
    ) async throws -> ProjectStateAnswer {
        let question = GetProjectState(projectKey: projectKey, freshness: freshness)
        guard case .projectState(let answer) = try await ask(.getProjectState(question)) else {
            throw NotRunning()
        }
        return answer
    }

    func counters() async throws -> ProjectsCounters {
        guard let values = running.withLockedValue({ $0 }) else { throw NotRunning() }
        return try await group.next().submit { values.composition.value.projects.counters }.get()
    }

    /// Leaves in order, as on SIGTERM.
    func drain() async throws {
        guard let values = running.withLockedValue({ $0 }) else { return }
        try await group.next().flatSubmit { values.composition.value.drain() }.get()
        try await group.next().submit { values.client.value.stop() }.get()
        running.withLockedValue { $0 = nil }
    }

    func end() async throws {
        try await drain()
        try? await upstream.stop()
        try await group.shutdownGracefully()
    }

    struct NotRunning: Error {}
}
