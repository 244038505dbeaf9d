import CMaxMindDB
import Glibc

/// Where an internet address is, by a MaxMind database with cities. The file is mapped, not read;
/// to change it, put a new one in its place (rename): a file that is written in place can be seen
/// half done.
public final class GeoDatabase {
    /// Why a database cannot be used.
    public struct OpenError: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// What is known of an address; the texts lie in the database and end with it.
    struct Place {
        var countryCode: UnsafeRawBufferPointer?
        var city: UnsafeRawBufferPointer?
        var subdivision: UnsafeRawBufferPointer?
        /// The country's name.
        var region: UnsafeRawBufferPointer?

        var isEmpty: Bool {
            countryCode == nil && city == nil && subdivision == nil && region == nil
        }
    }

    private let database: UnsafeMutablePointer<MMDB_s>
    private let paths = Paths()
    private var isOpen = false

    /// Opens a database.
    public init(path: String) throws(OpenError) {
        database = .allocate(capacity: 1)
        database.initialize(to: MMDB_s())
        let status = MMDB_open(path, UInt32(MMDB_MODE_MMAP), database)
        guard status == MMDB_SUCCESS else {
            let reason = MMDB_strerror(status).map { String(cString: $0) } ?? "error \(status)"
            throw OpenError(description: "\(path): \(reason)")
        }
        isOpen = true
    }

    deinit {
        // Runs after a failed opening too; the library has cleaned up then.
        if isOpen { MMDB_close(database) }
        database.deallocate()
    }

    /// The place of an address in text form; nil if it is no address or not known.
    func place(of address: UnsafeRawBufferPointer) -> Place? {
        guard address.count < 46, !address.contains(0) else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 46) { text in
            for index in 0..<address.count { text[index] = CChar(bitPattern: address[index]) }
            text[address.count] = 0
            guard let start = text.baseAddress else { return nil }
            return address.contains(0x3A) ? lookUpVersion6(start) : lookUpVersion4(start)
        }
    }

    private func lookUpVersion4(_ text: UnsafePointer<CChar>) -> Place? {
        var address = sockaddr_in()
        guard inet_pton(AF_INET, text, &address.sin_addr) == 1 else { return nil }
        address.sin_family = sa_family_t(AF_INET)
        return withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, lookUp)
        }
    }

    private func lookUpVersion6(_ text: UnsafePointer<CChar>) -> Place? {
        var address = sockaddr_in6()
        guard inet_pton(AF_INET6, text, &address.sin6_addr) == 1 else { return nil }
        address.sin6_family = sa_family_t(AF_INET6)
        return withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, lookUp)
        }
    }

    private func lookUp(_ address: UnsafePointer<sockaddr>) -> Place? {
        var status: Int32 = 0
        var result = MMDB_lookup_sockaddr(database, address, &status)
        guard status == MMDB_SUCCESS, result.found_entry else { return nil }
        let place = Place(
            countryCode: text(&result.entry, paths.countryCode),
            city: text(&result.entry, paths.city),
            subdivision: text(&result.entry, paths.subdivision),
            region: text(&result.entry, paths.region))
        return place.isEmpty ? nil : place
    }

    private func text(
        _ entry: inout MMDB_entry_s, _ path: UnsafePointer<UnsafePointer<CChar>?>
    ) -> UnsafeRawBufferPointer? {
        var data = MMDB_entry_data_s()
        guard MMDB_aget_value(&entry, &data, path) == MMDB_SUCCESS, data.has_data,
            data.type == UInt32(MMDB_DATA_TYPE_UTF8_STRING), let start = data.utf8_string
        else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(data.data_size))
    }

    /// The places of values in an entry, as the library takes them: lists of texts that a null ends.
    private final class Paths {
        let countryCode = path("country", "iso_code")
        let city = path("city", "names", "en")
        let subdivision = path("subdivisions", "0", "names", "en")
        let region = path("country", "names", "en")

        private static func path(
            _ names: StaticString...
        ) -> UnsafePointer<UnsafePointer<CChar>?> {
            let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(
                capacity: names.count + 1)
            for (index, name) in names.enumerated() {
                // Static strings end with a null.
                let start = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
                (list + index).initialize(to: start)
            }
            (list + names.count).initialize(to: nil)
            return UnsafePointer(list)
        }

        deinit {
            for list in [countryCode, city, subdivision, region] { list.deallocate() }
        }
    }
}
