/// Values of nodes by type; every error says what was found and what is allowed.
extension ConfigNode {
    var isNull: Bool { content == .null }

    func boolean() throws(SettingError) -> Bool {
        if case .plain(let text) = content {
            switch text {
            case "true", "True", "TRUE": return true
            case "false", "False", "FALSE": return false
            default: break
            }
        }
        throw SettingError(self, "\(kind) must be true or false")
    }

    func integer(min: Int, max: Int) throws(SettingError) -> Int {
        guard case .plain(let text) = content, let value = Int(text) else {
            throw SettingError(self, "\(kind) must be a whole number")
        }
        guard value >= min, value <= max else {
            throw SettingError(self, "\(value) must be between \(min) and \(max)")
        }
        return value
    }

    func number(min: Double, max: Double) throws(SettingError) -> Double {
        guard case .plain(let text) = content, let value = Double(text), value.isFinite else {
            throw SettingError(self, "\(kind) must be a number")
        }
        guard value >= min, value <= max else {
            throw SettingError(self, "\(text) must be between \(min) and \(max)")
        }
        return value
    }

    /// Times up to thirty years.
    func duration(_ unit: TimeUnit) throws(SettingError) -> Duration {
        guard case .plain(let text) = content, let value = Double(text), value.isFinite else {
            throw SettingError(self, "\(kind) must be a number of \(unit.rawValue)")
        }
        let largest: Double = unit == .seconds ? 1e9 : 1e12
        guard value >= 0, value <= largest else {
            throw SettingError(
                self, "\(text) must be between 0 and \(Int(largest)) \(unit.rawValue)")
        }
        return unit.duration(value)
    }

    func byteSize(min: Int) throws(SettingError) -> Int {
        let text: String
        switch content {
        case .plain(let plain): text = plain
        case .quoted(let quoted): text = quoted
        default: throw SettingError(self, "\(kind) must be a size such as 1048576 or \"1MiB\"")
        }
        guard let bytes = ByteSize.parse(text) else {
            throw SettingError(self, "\(kind) must be a size such as 1048576 or \"1MiB\"")
        }
        guard bytes >= min else {
            throw SettingError(self, "\(kind) must be at least \(min) bytes")
        }
        return bytes
    }

    /// A text; plain numbers and booleans are taken as they are written.
    func text() throws(SettingError) -> String {
        switch content {
        case .plain(let text), .quoted(let text):
            guard !text.utf8.contains(0) else {
                throw SettingError(self, "must not contain a NUL character")
            }
            return text
        default:
            throw SettingError(self, "\(kind) must be a text")
        }
    }

    func upstreamURL() throws(SettingError) -> UpstreamURL {
        let value = try text()
        do {
            return try UpstreamURL(value)
        } catch {
            throw SettingError(self, "\(kind) \(error)")
        }
    }
}
