import Compression

/// The codings of a body, from `Content-Encoding`.
enum ContentCoding {
    /// Most codings on top of each other; each costs memory and time.
    static let countMax = 3

    /// A coding nobody knows here.
    struct Unknown: Error, Hashable {
        var name: String
    }

    /// The formats to undo, the last applied first. Empty names and `identity` mean none.
    static func formats(_ lines: [String]) throws(Unknown) -> [CompressionFormat] {
        var formats: [CompressionFormat] = []
        for line in lines {
            for element in line.split(separator: ",") {
                let name = element.filter { $0 != " " && $0 != "\t" }.lowercased()
                switch name {
                case "", "identity": continue
                case "gzip", "x-gzip": formats.append(.gzip)
                case "deflate": formats.append(.anyDeflate)
                case "br": formats.append(.brotli)
                case "zstd": formats.append(.zstd)
                default: throw Unknown(name: String(name.prefix(32)))
                }
            }
        }
        guard formats.count <= countMax else {
            throw Unknown(name: "more than \(countMax) codings")
        }
        return formats.reversed()
    }
}
