import Glibc
import Model
import Testing
import Wire

/// `docs/PROTOCOL.md` says what the code does.
@Suite struct ProtocolDocumentTests {
    private static let document: [String] = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        guard let file = fopen("/\(root)/docs/PROTOCOL.md", "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }()

    /// The rows of the table in a section, cells trimmed, without its head.
    private static func table(_ section: String) -> [[String]] {
        let start = document.firstIndex { $0.hasPrefix("## \(section)") } ?? document.endIndex
        let rest = document[start...].dropFirst()
        let body = rest.prefix { !$0.hasPrefix("## ") }
        let rows = body.filter { $0.hasPrefix("|") }.map { line in
            line.split(separator: "|").map {
                $0.trimmingSpaces.replacing("`", with: "")
            }
        }
        return Array(rows.dropFirst(2))
    }

    @Test func theMessageTableIsTheCode() {
        let rows = Self.table("4.")
        #expect(rows.map { $0[0] } == MessageType.allCases.map { String($0.rawValue) })
        #expect(rows.map { $0[1] } == MessageType.allCases.map { "\($0)" })
        let roles: [String: PeerRole] = [
            "ingest": .ingest, "projects": .projects, "processor": .processor,
        ]
        for (row, type) in zip(rows, MessageType.allCases) {
            for sender in roles.keys {
                for receiver in roles.keys {
                    guard let from = roles[sender], let to = roles[receiver] else { continue }
                    let isDocumented =
                        type != .hello && [sender, "any"].contains(row[2])
                        && [receiver, "any"].contains(row[3])
                    #expect(
                        PermittedMessages.isPermitted(type, from: from, to: to) == isDocumented,
                        "\(type) from \(sender) to \(receiver)")
                }
            }
            let answer = MessageType.allCases.first { "\($0)" == row[4] }
            #expect(type.isRequest == (answer != nil), "\(type)")
            if let answer { #expect(answer.rawValue == type.rawValue + 1) }
            #expect(
                PermittedMessages.isPermittedWhileDraining(type) == (row[5] == "yes"), "\(type)")
        }
    }

    @Test func everyMessageHasItsSection() {
        let headings = Self.document.filter { $0.hasPrefix("### ") }
        for type in MessageType.allCases {
            #expect(
                headings.filter { $0.contains("\(type) (\(type.rawValue))") }.count == 1, "\(type)")
        }
    }

    /// Walks the bytes of each sample by the field list of its message, so that a field too many or
    /// of another size is found.
    @Test func theFieldListsAreTheBytes() throws {
        for frame in Samples.frames {
            let type = frame.message.type
            var walk = FieldWalk(
                bytes: Array(Samples.bytes(frame).dropFirst(WireLimits.headerBytes)))
            let (fixed, optional) = Self.fields(of: type)
            for field in fixed { try walk.skip(field) }
            while walk.position < walk.bytes.count {
                let tag = try walk.number(2)
                let length = try walk.number(4)
                #expect(optional.contains(tag), "\(type) has an undocumented field \(tag)")
                walk.position += length
            }
            #expect(walk.position == walk.bytes.count, "\(type)")
        }
    }

    /// The lines of a message's block: the kinds of its fixed fields and the tags of the others.
    private static func fields(of type: MessageType) -> (fixed: [String], optional: [Int]) {
        let heading = "\(type) (\(type.rawValue))"
        guard let start = document.firstIndex(where: { $0.hasPrefix("### \(heading)") }) else {
            return ([], [])
        }
        let section = document[start...].dropFirst().prefix {
            !$0.hasPrefix("### ") && !$0.hasPrefix("## ")
        }
        let block = section.drop { $0 != "```" }.dropFirst().prefix { $0 != "```" }
        var fixed: [String] = []
        var optional: [Int] = []
        for line in block where !line.hasPrefix(" ") {
            if line.hasPrefix("[") {
                if let tag = Int(line.dropFirst().prefix { $0 != "]" }) { optional.append(tag) }
            } else {
                fixed.append(line)
            }
        }
        return (fixed, optional)
    }

    @Test func theLimitsAreTheCode() {
        let documented = Dictionary(
            Self.table("6.").map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
        let code: [String: Int] = [
            "versionMin": Int(WireLimits.versionMin), "versionMax": Int(WireLimits.versionMax),
            "headerBytes": WireLimits.headerBytes, "payloadBytesMax": WireLimits.payloadBytesMax,
            "payloadBytesDefault": WireLimits.payloadBytesDefault,
            "helloPayloadBytesMax": WireLimits.helloPayloadBytesMax,
            "textBytesMax": WireLimits.textBytesMax,
            "instanceBytesMax": WireLimits.instanceBytesMax,
            "rateLimitsMax": WireLimits.rateLimitsMax,
            "reasonCodeBytesMax": WireLimits.reasonCodeBytesMax,
            "relayIDsMax": WireLimits.relayIDsMax, "relayIDBytesMax": WireLimits.relayIDBytesMax,
            "publicKeyBytesMax": WireLimits.publicKeyBytesMax,
            "projectIDsMax": WireLimits.projectIDsMax,
            "eventTypeBytesMax": WireLimits.eventTypeBytesMax,
            "detailBytesMax": WireLimits.detailBytesMax,
            "figuresMax": WireLimits.figuresMax,
            "figureNameBytesMax": WireLimits.figureNameBytesMax,
            "problemsMax": WireLimits.problemsMax,
            "problemTextBytesMax": WireLimits.problemTextBytesMax,
            "attributesBytesMax": WireLimits.attributesBytesMax,
            "eventOverheadBytesMax": WireLimits.eventOverheadBytesMax,
            "creditsMax": Int(WireLimits.creditsMax),
        ]
        #expect(documented == code.mapValues { String($0) })
    }

    @Test func theDiscardReasonsAreTheCode() {
        let rows = Self.table("9.")
        #expect(rows.map { $0[0] } == DiscardReason.allCases.map { String($0.rawValue) })
        #expect(rows.map { $0[1] } == DiscardReason.allCases.map(\.name))
    }
}

/// Skips documented fields in the bytes of a payload.
private struct FieldWalk {
    let bytes: [UInt8]
    var position = 0

    struct Missing: Error {
        let field: String
    }

    mutating func number(_ size: Int) throws -> Int {
        guard bytes.count - position >= size else { throw Missing(field: "number") }
        var value: UInt64 = 0
        for offset in (0..<size).reversed() {
            value = value << 8 | UInt64(bytes[position + offset])
        }
        position += size
        return Int(truncatingIfNeeded: value)
    }

    mutating func skip(_ line: String) throws {
        if line.hasPrefix("n × ") {
            let count = try number(2)
            for _ in 0..<count { try skipElement(line.dropFirst(4)) }
        } else {
            try skipElement(line[...])
        }
    }

    private mutating func skipElement(_ kind: Substring) throws {
        switch kind.prefix(while: { $0 != " " && $0 != "(" }) {
        case "u8", "bits": _ = try number(1)
        case "u16": _ = try number(2)
        case "u32": _ = try number(4)
        case "u64", "i64", "time": _ = try number(8)
        case "key", "event":
            _ = try number(8)
            _ = try number(8)
        case "text": position += try number(2)
        case "blob": position += try number(4)
        case "limit":
            for size in [1, 1, 8, 8] { _ = try number(size) }
            position += try number(2)
        case "{":
            for part in kind.dropFirst(2).split(separator: ", ")
            where ["bits", "text", "key"].contains(where: { part.hasPrefix($0) }) {
                try skipElement(part)
            }
        default: throw Missing(field: String(kind))
        }
        guard position <= bytes.count else { throw Missing(field: String(kind)) }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
