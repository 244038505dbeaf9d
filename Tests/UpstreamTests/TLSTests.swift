import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import Upstream

private let group = MultiThreadedEventLoopGroup.singleton

@Suite("Upstream TLS") struct TLSTests {
    @Test("A certificate nobody vouches for is refused; nothing is sent")
    func selfSigned() async throws {
        let identity = try TestIdentity.shared()
        let server = try await FaultyServer(group: group, tls: try identity.serverContext()) {
            _, _ in .answer(FaultyServer.ok)
        }
        var settings = UpstreamSettings.local(port: server.port)
        settings.isSecure = true
        settings.host = "localhost"
        let client = try await ClientUnderTest(eventLoop: group.next(), settings: settings)
        guard case .tls = await client.post().error else {
            Issue.record("accepted a self-signed certificate")
            return
        }
        #expect(server.requests.isEmpty)

        // The same certificate, vouched for.
        settings.certificateAuthorityFile = identity.certificateFile
        let trusting = try await ClientUnderTest(eventLoop: group.next(), settings: settings)
        #expect(await trusting.post().status == 200)
        #expect(await trusting.post().status == 200)
        #expect(server.requests.count == 2)

        // Vouched for, but under another name.
        settings.host = "127.0.0.1"
        let misnamed = try await ClientUnderTest(eventLoop: group.next(), settings: settings)
        guard case .tls = await misnamed.post().error else {
            Issue.record("accepted a certificate for another name")
            return
        }
        await server.stop()
    }

    @Test("A server that does not speak TLS is an error of TLS")
    func plainServer() async throws {
        let server = try await FaultyServer(group: group) { _, _ in .answer("no TLS here") }
        var settings = UpstreamSettings.local(port: server.port)
        settings.isSecure = true
        settings.host = "localhost"
        settings.connectTimeout = .milliseconds(300)
        let client = try await ClientUnderTest(eventLoop: group.next(), settings: settings)
        switch await client.post().error {
        case .tls, .connect: break
        case let error: Issue.record("\(String(describing: error))")
        }
        await server.stop()
    }
}
