import CSystemd
import Glibc

/// A UDP socket to a server whose name is resolved again now and then.
struct StatsdSocket {
    private var descriptor: Int32 = -1
    private var openedNanoseconds: Int64 = 0

    /// Makes sure that there is a socket; false when the name cannot be resolved now.
    mutating func open(_ host: String, _ port: UInt16, lifetimeNanoseconds: Int64) -> Bool {
        let now = SystemClock.monotonicNanoseconds()
        if descriptor >= 0, now - openedNanoseconds < lifetimeNanoseconds { return true }
        guard let fresh = Self.connected(host, port) else { return descriptor >= 0 }
        close()
        descriptor = fresh
        openedNanoseconds = now
        return true
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Sends a datagram, or loses it.
    mutating func send(_ datagram: [UInt8]) {
        let count = Glibc.send(
            descriptor, datagram, datagram.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        // Nobody listens there: perhaps the name leads elsewhere by now.
        if count < 0, errno == ECONNREFUSED { openedNanoseconds = 0 }
    }

    private static func connected(_ host: String, _ port: UInt16) -> Int32? {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var entry = list
        while let address = entry {
            let type = address.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue)
            let made = socket(address.pointee.ai_family, type, 0)
            if made >= 0 {
                if connect(made, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 {
                    return made
                }
                Glibc.close(made)
            }
            entry = address.pointee.ai_next
        }
        return nil
    }
}
