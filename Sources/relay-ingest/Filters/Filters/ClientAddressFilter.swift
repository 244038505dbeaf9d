/// `clientIps`: senders by address or range. What is no address in the list is ignored.
struct ClientAddressFilter: Sendable {
    private let networks: [IPNetwork]

    init(_ list: [String]) {
        networks = list.compactMap { IPNetwork($0) }
    }

    var isActive: Bool { !networks.isEmpty }

    func matches(_ address: IPAddress) -> Bool {
        for network in networks where network.contains(address) { return true }
        return false
    }
}
