import UserAgents

/// Names the browser, operating system and device of a `User-Agent`; the rules are the caller's.
public struct UserAgentReader: Sendable {
    /// A browser, operating system or device.
    public struct Product: Hashable, Sendable {
        /// For example `Chrome`.
        public var family: String
        /// Version parts in order, as far as known.
        public var version: [String]
        /// Devices: manufacturer and model.
        public var brand: String?
        public var model: String?

        /// A product from its parts.
        public init(
            family: String, version: [String] = [], brand: String? = nil, model: String? = nil
        ) {
            self.family = family
            self.version = version
            self.brand = brand
            self.model = model
        }
    }

    var browser: @Sendable (UnsafeRawBufferPointer) -> Product?
    var operatingSystem: @Sendable (UnsafeRawBufferPointer) -> Product?
    var device: @Sendable (UnsafeRawBufferPointer) -> Product?

    /// A reader from its parts, each of which answers nil if it does not know the text.
    public init(
        browser: @escaping @Sendable (UnsafeRawBufferPointer) -> Product?,
        operatingSystem: @escaping @Sendable (UnsafeRawBufferPointer) -> Product?,
        device: @escaping @Sendable (UnsafeRawBufferPointer) -> Product?
    ) {
        self.browser = browser
        self.operatingSystem = operatingSystem
        self.device = device
    }
}

extension UserAgentReader {
    /// Asks the rules of uap-core.
    public init(_ rules: UserAgentRules) {
        // Only read; the rules do not change after they have been compiled.
        nonisolated(unsafe) let rules = rules
        self.init(
            browser: { rules.browser($0).map { Product($0) } },
            operatingSystem: { rules.operatingSystem($0).map { Product($0) } },
            device: { rules.device($0).map { Product($0) } })
    }
}

extension UserAgentReader.Product {
    init(_ product: UserAgentRules.Product) {
        self.init(
            family: product.family, version: product.version, brand: product.brand,
            model: product.model)
    }
}
