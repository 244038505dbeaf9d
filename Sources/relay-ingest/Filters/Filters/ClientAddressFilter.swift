/// `clientIps`: senders by address or range. What is no address in the list is ignored.
struct ClientAddressFilter: Sendable {
    private let networks: [IPNetwork]

    init(_ list: [String]) {
        networks = list.compactMap { IPNetwork($0) }
    }

    var isActive: Bool { !networks.isEmpty }

    func matches(_ sender: FilterRequest) -> Bool {
        guard isActive, let text = sender.clientAddress, let address = IPAddress(text) else {
            return false
        }
        for network in networks where network.contains(address) { return true }
        return false
    }
}
