import Config
import Glibc
import Logging
import Model
import NIOCore
import NIOPosix
import Testing

@testable import RelayIngest

/// A front door on a real socket of the loopback interface.
final class LiveDoor: Sendable {
    let eventLoop: any EventLoop
    let server: NIOLoopBound<HTTPServer>
    let door: NIOLoopBound<FrontDoor>
    let flow: NIOLoopBound<FakeFlow>
    let port: UInt16

    init(
        _ source: ListenerSource = .address(host: "127.0.0.1", port: 0),
        _ change: @escaping @Sendable (inout FrontDoorSettings) -> Void = { _ in }
    ) throws {
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        eventLoop = loop
        (server, door, flow) = try loop.submit {
            var config = RelayConfig()
            config.relay.mode = .static
            var settings = FrontDoorSettings(config, version: "1.0.0")
            change(&settings)
            let flow = FakeFlow()
            let door = FrontDoor(
                settings: settings, flow: flow, eventLoop: loop, logger: Logger(label: "test"),
                wallClock: { TestDoor.now })
            return (
                NIOLoopBound(HTTPServer(door: door), eventLoop: loop),
                NIOLoopBound(door, eventLoop: loop), NIOLoopBound(flow, eventLoop: loop)
            )
        }.wait()
        let bound = server
        let address = try loop.flatSubmit { bound.value.start(source) }.wait()
        port = UInt16(try #require(address?.port))
    }

    func acceptedCount() throws -> Int {
        let flow = flow
        return try eventLoop.submit { flow.value.accepted.count }.wait()
    }

    func connectionCount() throws -> Int {
        let door = door
        return try eventLoop.submit { door.value.connectionCount }.wait()
    }

    func drain(within time: Duration = .seconds(5)) -> EventLoopFuture<Void> {
        let server = server
        let door = door
        return eventLoop.flatSubmit { server.value.drain(deadline: door.value.now + time) }
    }

    func stop() throws {
        let server = server
        try eventLoop.submit { server.value.abort() }.wait()
    }
}

/// The address 127.0.0.1 with a port, for the socket calls.
private func withLoopback(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32)
    -> Int32
{
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo("127.0.0.1", "\(port)", nil, &found) == 0, let found else { return -1 }
    defer { freeaddrinfo(found) }
    return body(found.pointee.ai_addr, found.pointee.ai_addrlen)
}

/// A blocking client.
final class LiveClient {
    let descriptor: Int32
    private var received: [UInt8] = []

    init(_ port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let result = withLoopback(port: port) { connect(descriptor, $0, $1) }
        guard result == 0 else { throw TestFailure("connect: \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends everything; false when the peer has closed.
    @discardableResult
    func send(_ bytes: [UInt8], flags: Int32 = 0) -> Int {
        var position = 0
        while position < bytes.count {
            let count = bytes[position...].withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | flags)
            }
            if count <= 0 { break }
            position += count
        }
        return position
    }

    @discardableResult
    func send(_ text: String) -> Int { send(Array(text.utf8)) }

    func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

    private func receive() -> Int {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 { received += chunk[..<count] }
        return count
    }

    /// The next answer; throws when the connection ends or nothing comes.
    func answer() throws -> TestAnswer {
        while true {
            if let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
                var answer = TestAnswer(
                    head: String(decoding: received[..<end.lowerBound], as: UTF8.self))
                let length = answer["content-length"].flatMap { Int($0) } ?? 0
                if received.count >= end.upperBound + length {
                    answer.body = Array(received[end.upperBound..<end.upperBound + length])
                    received.removeFirst(end.upperBound + length)
                    return answer
                }
            }
            let count = receive()
            guard count > 0 else { throw TestFailure("ended: \(count), errno \(errno)") }
        }
    }

    /// Whether the server ends the connection cleanly and without another byte.
    func isEnded() -> Bool { received.isEmpty && receive() == 0 }
}

@Suite("Front door on sockets", .serialized)
struct HTTPServerTests {
    private let event = TestRequest("/api/42/store/", body: "{}").authenticated

    @Test("one connection, many requests; both halves of the close")
    func keepAlive() throws {
        let live = try LiveDoor()
        let client = try LiveClient(live.port)
        for _ in 0..<50 {
            client.send(event.bytes)
            #expect(try client.answer().status == 200)
        }
        client.send(event.bytes + event.bytes + event.bytes)
        for _ in 0..<3 { #expect(try client.answer().status == 200) }
        #expect(try live.acceptedCount() == 53)
        #expect(try live.connectionCount() == 1)
        client.send(event.with("Connection", "close").bytes)
        let last = try client.answer()
        #expect(last["connection"] == "close")
        #expect(client.isEnded())

        let halfClosed = try LiveClient(live.port)
        halfClosed.send(event.bytes)
        halfClosed.endInput()
        #expect(try halfClosed.answer().status == 200)
        #expect(halfClosed.isEnded())
        try live.stop()
    }

    @Test("a refusal reaches a client that goes on sending a large body")
    func refusalDuringUpload() throws {
        let live = try LiveDoor()
        let chunk = [UInt8](repeating: 0x20, count: 1 << 20)
        for head in [
            "POST /api/42/store/ HTTP/1.1\r\nHost: a\r\nContent-Length: 20971520\r\n\r\n",
            "POST /api/42/store/ HTTP/1.1\r\nHost: a\r\nX-Sentry-Auth: \(TestRequest.auth)\r\n"
                + "Content-Length: 20971520\r\n\r\n",
            "POST /api/42/store/ HTTP/1.1\r\nHost: a b\r\nContent-Length: 20971520\r\n\r\n",
            "GARBAGE\r\n\r\n",
        ] {
            let client = try LiveClient(live.port)
            client.send(head)
            for _ in 0..<20 { #expect(client.send(chunk) == chunk.count) }
            let answer = try client.answer()
            #expect([400, 401, 413].contains(answer.status))
            #expect(answer["connection"] == "close")
            client.endInput()
            #expect(client.isEnded())
        }
        try live.stop()
    }

    @Test("nothing is read while a request is being decided")
    func backpressure() throws {
        let live = try LiveDoor { $0.limits.maxEnvelopeSize = 64 << 20 }
        let flow = live.flow
        try live.eventLoop.submit { flow.value.isHoldingVerdicts = true }.wait()
        let client = try LiveClient(live.port)
        let size = 40 << 20
        client.send(
            "POST /api/42/envelope/ HTTP/1.1\r\nHost: a\r\nX-Sentry-Auth: \(TestRequest.auth)\r\n"
                + "Content-Length: \(size)\r\n\r\n")
        let piece = Array("x\n".utf8) + [UInt8](repeating: 0x20, count: (1 << 20) - 2)
        var sent = 0
        for _ in 0..<100 {
            let left = Array(piece.prefix(size - sent))
            let count = client.send(left, flags: Int32(MSG_DONTWAIT))
            sent += count
            if count < left.count { usleep(2000) }
        }
        // What fits into the kernel's buffers of both sides, no more.
        #expect(sent < 24 << 20)
        try live.eventLoop.submit { flow.value.releaseVerdicts() }.wait()
        while sent < size { sent += client.send(Array(piece.prefix(size - sent))) }
        #expect(try client.answer().status == 400)
        try live.stop()
    }

    @Test("after a verdict that came late the connection reads on")
    func lateVerdict() throws {
        let live = try LiveDoor()
        let flow = live.flow
        let client = try LiveClient(live.port)
        for round in 1...3 {
            try live.eventLoop.submit { flow.value.isHoldingVerdicts = true }.wait()
            client.send(event.bytes)
            while try live.eventLoop.submit({ flow.value.questions.count }).wait() < round {
                usleep(1000)
            }
            // The body is there, too, by now.
            usleep(5000)
            try live.eventLoop.submit { flow.value.releaseVerdicts() }.wait()
            #expect(try client.answer().status == 200)
        }
        try live.stop()
    }

    @Test("connections over the bound wait for room instead of being refused")
    func connectionBound() throws {
        let live = try LiveDoor { $0.limits.maxConnections = 3 }
        var clients: [LiveClient] = []
        for _ in 0..<3 {
            let client = try LiveClient(live.port)
            client.send(event.bytes)
            #expect(try client.answer().status == 200)
            clients.append(client)
        }
        let waiting = try (0..<3).map { _ in try LiveClient(live.port) }
        for client in waiting { client.send(event.bytes) }
        // The gate counts a connection when it is set up, so those accepted together may pass.
        usleep(50_000)
        #expect(try live.connectionCount() <= 4)
        let before = try live.acceptedCount()
        #expect(before <= 4)
        clients.removeAll()
        for client in waiting { #expect(try client.answer().status == 200) }
        // Idle connections make room by themselves when others wait.
        let late = try (0..<3).map { _ in try LiveClient(live.port) }
        for client in late { client.send(event.bytes) }
        for client in late { #expect(try client.answer().status == 200) }
        try live.stop()
    }

    @Test("leaving: requests in progress and on their way are answered, then all is closed")
    func drain() throws {
        // As under a supervisor: somebody else keeps the listening socket.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        let bound = withLoopback(port: 0) { bind(listener, $0, $1) }
        #expect(bound == 0)
        #expect(listen(listener, 16) == 0)
        let live = try LiveDoor(.inherited(dup(listener)))
        let flow = live.flow

        let idle = try LiveClient(live.port)
        idle.send(event.bytes)
        #expect(try idle.answer().status == 200)
        let late = try LiveClient(live.port)
        late.send(event.bytes)
        #expect(try late.answer().status == 200)
        let busy = try LiveClient(live.port)
        try live.eventLoop.submit { flow.value.isHoldingVerdicts = true }.wait()
        busy.send(event.bytes)
        while try live.eventLoop.submit({ flow.value.questions.count }).wait() < 3 { usleep(1000) }
        try live.eventLoop.submit { flow.value.isHoldingVerdicts = false }.wait()

        let left = live.drain()
        // A loop reads from its sockets before it runs what was submitted to it.
        try live.eventLoop.submit {}.wait()
        late.send(event.bytes)
        let farewell = try late.answer()
        #expect(farewell.status == 200)
        #expect(farewell["connection"] == "close")
        #expect(late.isEnded())
        #expect(idle.isEnded())
        try live.eventLoop.submit { flow.value.releaseVerdicts() }.wait()
        let answer = try busy.answer()
        #expect(answer.status == 200)
        #expect(answer["connection"] == "close")
        busy.endInput()
        late.endInput()
        try left.wait()
        #expect(try live.connectionCount() == 0)
        #expect(try live.acceptedCount() == 4)
        // The socket is still there: the next process finds who connects now.
        let next = try LiveClient(live.port)
        next.send(event.bytes)
        let accepted = accept(listener, nil, nil)
        #expect(accepted >= 0)
        close(accepted)
    }

    @Test("leaving: at the deadline what hangs is cut")
    func drainDeadline() throws {
        let live = try LiveDoor()
        let flow = live.flow
        try live.eventLoop.submit { flow.value.isHoldingVerdicts = true }.wait()
        let busy = try LiveClient(live.port)
        busy.send(event.bytes)
        while try live.eventLoop.submit({ flow.value.questions.count }).wait() < 1 { usleep(1000) }
        try live.drain(within: .milliseconds(200)).wait()
        #expect(try live.connectionCount() == 0)
        #expect(throws: TestFailure.self) { try LiveClient(live.port) }
    }
}
