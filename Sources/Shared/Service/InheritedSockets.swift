import CSystemd
import Glibc

/// Descriptors that the service manager or `relay run` hands over (`LISTEN_FDS`, `LISTEN_FDNAMES`,
/// `LISTEN_PID`; sd_listen_fds(3)).
public struct InheritedSockets: Sendable {
    /// A descriptor and its name; `unknown` when none was given.
    public struct Entry: Hashable, Sendable {
        public var name: String
        public var descriptor: Int32

        /// A descriptor with its name.
        public init(name: String, descriptor: Int32) {
            self.name = name
            self.descriptor = descriptor
        }
    }

    /// What has not been taken yet.
    public private(set) var entries: [Entry]

    /// Sockets for tests and for what is inherited otherwise.
    public init(entries: [Entry]) {
        self.entries = entries
    }

    /// Takes over all descriptors meant for this process, sets them close-on-exec and removes the
    /// variables, so that children do not take them for theirs. Call once, before starting threads.
    public static func adopt() throws(SystemError) -> InheritedSockets {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count >= 0 else {
            throw SystemError("take over inherited sockets", code: -count)
        }
        var entries: [Entry] = []
        for index in 0..<Int(count) {
            let name = names?[index].map { String(cString: $0) } ?? "unknown"
            free(names?[index])
            entries.append(
                Entry(name: name, descriptor: SD_LISTEN_FDS_START + Int32(index)))
        }
        free(names)
        return InheritedSockets(entries: entries)
    }

    /// All listeners of a name, in the order of their descriptors.
    public mutating func take(named name: String) -> [Int32] {
        let taken = entries.filter { $0.name == name }
        entries.removeAll { $0.name == name }
        return taken.map(\.descriptor)
    }

    /// The listener of a name; without one, the first TCP listener of any name. More listeners of
    /// the name stay for a next call.
    public mutating func takeListener(named name: String, orAnyTCP: Bool = false) -> Int32? {
        var index = entries.firstIndex {
            $0.name == name && Self.isListening($0.descriptor)
        }
        if index == nil, orAnyTCP {
            index = entries.firstIndex {
                Self.isListening($0.descriptor) && Self.isInternet($0.descriptor)
            }
        }
        return index.map { entries.remove(at: $0).descriptor }
    }

    /// Whether a descriptor is a listening stream socket.
    public static func isListening(_ descriptor: Int32) -> Bool {
        sd_is_socket(descriptor, AF_UNSPEC, Int32(SOCK_STREAM.rawValue), 1) > 0
    }

    private static func isInternet(_ descriptor: Int32) -> Bool {
        sd_is_socket_inet(descriptor, AF_UNSPEC, Int32(SOCK_STREAM.rawValue), 1, 0) > 0
    }
}
