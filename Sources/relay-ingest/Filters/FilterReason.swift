/// Which inbound filter drops an event. The names are those of the outcome `filtered` in Sentry.
public enum FilterReason: Hashable, Sendable, CustomStringConvertible {
    case invalidPolicyReport
    case clientAddress
    case release
    case errorMessage
    case localhost
    case browserExtensions
    case legacyBrowsers
    case webCrawlers
    case ignoredTransaction
    /// A generic filter, by its id.
    case generic(String)

    /// The reason of the outcome.
    public var name: String {
        switch self {
        case .invalidPolicyReport: "invalid-csp"
        case .clientAddress: "ip-address"
        case .release: "release-version"
        case .errorMessage: "error-message"
        case .localhost: "localhost"
        case .browserExtensions: "browser-extensions"
        case .legacyBrowsers: "legacy-browsers"
        case .webCrawlers: "web-crawlers"
        case .ignoredTransaction: "filtered-transaction"
        case .generic(let id): id
        }
    }

    public var description: String { name }
}
