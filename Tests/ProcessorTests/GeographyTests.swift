import Glibc
import JSON
import Testing

@testable import RelayProcessor

/// The smallest MaxMind database: one network, written byte by byte (format 2.0).
private struct TinyDatabase {
    enum Value {
        case text(String)
        case number(UInt16)
        case long(UInt32)
        case longest(UInt8)
        case map([(String, Value)])
        case list([Value])
    }

    /// A database that knows one IPv4 network of eight bits.
    static func bytes(firstByte: UInt8, city: String) -> [UInt8] {
        let record = Value.map([
            ("city", .map([("names", .map([("en", .text(city))]))])),
            (
                "country",
                .map([("iso_code", .text("XY")), ("names", .map([("en", .text("Xyland"))]))])
            ),
            ("subdivisions", .list([.map([("names", .map([("en", .text("North"))]))])])),
        ])
        let count = 8
        var tree: [UInt8] = []
        for depth in 0..<count {
            let isOne = firstByte >> UInt8(7 - depth) & 1 == 1
            // Behind the last node the data begins, after 16 bytes; `count` means: not known.
            let onward = depth == count - 1 ? count + 16 : depth + 1
            for branch in 0..<2 {
                let target = (branch == 1) == isOne ? onward : count
                tree += [UInt8(target >> 16), UInt8(target >> 8 & 255), UInt8(target & 255)]
            }
        }
        let metadata = Value.map([
            ("binary_format_major_version", .number(2)),
            ("binary_format_minor_version", .number(0)), ("build_epoch", .longest(1)),
            ("database_type", .text("Test-City")), ("description", .map([("en", .text("x"))])),
            ("ip_version", .number(4)), ("languages", .list([.text("en")])),
            ("node_count", .long(UInt32(count))), ("record_size", .number(24)),
        ])
        return tree + [UInt8](repeating: 0, count: 16) + encoded(record)
            + [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8) + encoded(metadata)
    }

    private static func encoded(_ value: Value) -> [UInt8] {
        switch value {
        case .text(let text): [0x40 | UInt8(text.utf8.count)] + Array(text.utf8)
        case .number(let number): [0xA2, UInt8(number >> 8), UInt8(number & 255)]
        case .long(let number):
            [0xC4] + (0..<4).map { UInt8(number >> (24 - 8 * UInt32($0)) & 255) }
        case .longest(let number): [0x01, 0x02, number]
        case .map(let members):
            members.reduce([0xE0 | UInt8(members.count)]) {
                $0 + encoded(.text($1.0)) + encoded($1.1)
            }
        case .list(let elements):
            elements.reduce([UInt8(elements.count), 0x04]) { $0 + encoded($1) }
        }
    }

    /// Puts a database in place of the file as an operator does: by renaming.
    static func write(_ bytes: [UInt8], to path: String) {
        let descriptor = open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        #expect(rename(path + ".new", path) == 0)
    }
}

@Suite struct GeographyTests {
    private func withFile(_ body: (String) throws -> Void) throws {
        let path = "/tmp/relay-geo-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        #expect(mkdir(path, 0o700) == 0)
        defer {
            unlink(path + "/places.mmdb")
            rmdir(path)
        }
        try body(path + "/places.mmdb")
    }

    @Test func usersGetThePlaceOfTheirAddress() throws {
        try withFile { path in
            TinyDatabase.write(TinyDatabase.bytes(firstByte: 81, city: "Town"), to: path)
            let harness = EngineHarness()
            harness.engine.geography = try GeoDatabase(path: path)
            let known = try harness.normalized(#"{"user":{"ip_address":"81.2.3.4"}}"#)
            #expect(
                known["user"]?["geo"] == [
                    "city": "Town", "country_code": "XY", "region": "Xyland",
                    "subdivision": "North",
                ])
            let other = try harness.normalized(#"{"user":{"ip_address":"82.2.3.4"}}"#)
            #expect(other["user"]?["geo"] == nil)
            let own = try harness.normalized(
                #"{"user":{"ip_address":"81.2.3.4","geo":{"city":"Z"}}}"#)
            #expect(own["user"]?["geo"] == ["city": "Z"])
            let sender = try harness.normalized("{}") {
                $0.clientIP = "81.2.3.4"
                $0.infersClientIP = true
            }
            #expect(sender["user"]?["geo"]?["city"] == "Town")
        }
    }

    @Test func anotherFileIsOpened() throws {
        try withFile { path in
            let file = GeoDatabaseFile(path: path)
            #expect(file.refresh(nowMicroseconds: 0) == .failed("\(path): no such file"))
            #expect(file.refresh(nowMicroseconds: 20_000_000) == nil)
            TinyDatabase.write(TinyDatabase.bytes(firstByte: 81, city: "Town"), to: path)
            #expect(file.refresh(nowMicroseconds: 21_000_000) == nil)
            #expect(file.refresh(nowMicroseconds: 40_000_000) == .opened)
            TinyDatabase.write([1, 2, 3], to: path)
            guard case .failed = file.refresh(nowMicroseconds: 60_000_000) else {
                Issue.record("a file that is no database was opened")
                return
            }
            // The last usable one stays.
            #expect(file.database != nil)
        }
    }
}
