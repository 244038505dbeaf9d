import Glibc
import Logging
import Model
import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Links

/// Client and server over a real Unix socket.
@Suite struct FrameLinkSocketTests {
    private static func temporaryPath() -> String {
        var generator = SystemRandomNumberGenerator()
        return "/tmp/relay-links-\(generator.next() % 1_000_000_007).sock"
    }

    private static func server(
        _ loop: any EventLoop, users: Set<UInt32> = PeerCredentials.usersDefault
    ) -> FrameLinkServer {
        FrameLinkServer(
            eventLoop: loop, settings: LinkSettings(role: .projects, peerRoles: [.ingest]),
            users: users, logger: Logger(label: "test"),
            callbacks: FrameLinkCallbacks(received: { link, frame in
                guard case .getProject = frame.message else { return }
                link.send(
                    .project(ProjectAnswer(projectID: ProjectID(rawValue: 42))),
                    requestID: frame.requestID)
            }))
    }

    @Test func requestsAreAnsweredAndRestartsSurvived() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let path = Self.temporaryPath()
        let answers: [ProjectID?] = try await loop.flatSubmit {
            let done = loop.makePromise(of: [ProjectID?].self)
            let isolated = loop.assumeIsolated()
            var server = Self.server(loop)
            var seen: [ProjectID?] = []
            var client: FrameLinkClient?
            let callbacks = FrameLinkCallbacks(opened: { link in
                link.request(
                    .getProject(GetProject(projectKey: ProjectKey(high: 1, low: 2))),
                    timeout: .seconds(5)
                ) { result in
                    guard case .success(.project(let answer)) = result else {
                        return done.succeed([])
                    }
                    seen.append(answer.projectID)
                    if seen.count == 2 {
                        client?.stop()
                        server.closeAll()
                        return done.succeed(seen)
                    }
                    // The server goes away and comes back: the client finds it again.
                    server.closeAll()
                    server = Self.server(loop)
                    isolated.execute { _ = server.start(.path(path)) }
                }
            })
            client = FrameLinkClient(
                path: path, eventLoop: loop,
                settings: LinkSettings(role: .ingest, peerRoles: [.projects]),
                logger: Logger(label: "test"), callbacks: callbacks)
            server.start(.path(path)).assumeIsolated().whenSuccess { client?.start() }
            return done.futureResult
        }.get()
        #expect(answers == [ProjectID(rawValue: 42), ProjectID(rawValue: 42)])
        try await group.shutdownGracefully()
    }

    @Test func otherUsersAreRefused() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let path = Self.temporaryPath()
        let reason: LinkCloseReason? = try await loop.flatSubmit {
            let done = loop.makePromise(of: LinkCloseReason?.self)
            let server = Self.server(loop, users: [geteuid() + 1])
            let client = FrameLinkClient(
                path: path, eventLoop: loop,
                settings: LinkSettings(role: .ingest, peerRoles: [.projects]),
                logger: Logger(label: "test"),
                callbacks: FrameLinkCallbacks(
                    opened: { _ in done.succeed(nil) },
                    closed: { _, reason in
                        done.succeed(reason)
                        server.closeAll()
                    }))
            let start = server.start(.path(path)).assumeIsolated()
            start.whenSuccess { client.start() }
            let bound = NIOLoopBound(client, eventLoop: loop)
            return done.futureResult.map { reason in
                bound.value.stop()
                return reason
            }
        }.get()
        // Whether our hello was read before the end decides between a close and a reset.
        #expect(reason == .peerClosed || reason == .transport(errno: ECONNRESET))
        try await group.shutdownGracefully()
    }

    @Test func ownListenersArePrivateAndStaleOnesMakeRoom() throws {
        let path = Self.temporaryPath()
        let first = try UnixSocketPath.listen(path, backlog: 1)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(throws: UnixSocketPath.PathError.self) {
            try UnixSocketPath.listen(path, backlog: 1)
        }
        Glibc.close(first)
        let second = try UnixSocketPath.listen(path, backlog: 1)
        Glibc.close(second)
        unlink(path)
        #expect(throws: UnixSocketPath.PathError.self) {
            try UnixSocketPath.listen("/tmp/" + String(repeating: "x", count: 200), backlog: 1)
        }
    }
}
