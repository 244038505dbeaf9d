import JSON

/// What is wrong with a configuration.
public struct StoreConfigError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}

extension NormalizationContext {
    /// Reads the JSON of the reference's `StoreNormalizer` configuration.
    ///
    /// - Parameter nowMicroseconds: used if the configuration has no `received_at`.
    public init(
        storeConfig config: JSONValue, nowMicroseconds: Int64 = 0
    ) throws(StoreConfigError) {
        guard config.objectValue != nil else {
            throw StoreConfigError("expected an object")
        }
        self.init(receivedAtMicroseconds: nowMicroseconds)
        // The reference does not know the sender.
        infersClientIP = false
        let reader = StoreConfigReader(config: config)
        projectID = try reader.unsigned("project_id")
        clientIP = try reader.string("client_ip")
        client = try reader.string("client")
        keyID = try reader.string("key_id")
        protocolVersion = try reader.string("protocol_version")
        userAgent = try reader.string("user_agent")
        if let time = try reader.time("received_at") { receivedAtMicroseconds = time }
        secondsInPastMax = try reader.integer("max_secs_in_past")
        secondsInFutureMax = try reader.integer("max_secs_in_future")
        enableTrimming = try reader.bool("enable_trimming")
        isRenormalize = try reader.bool("is_renormalize")
        removeOther = try reader.bool("remove_other", unlessSet: !isRenormalize)
        normalizeUserAgent = try reader.bool("normalize_user_agent")
        normalizeSpans = try reader.bool("normalize_spans")
        replayID = try reader.string("replay_id")
        clientSampleRate = config["client_sample_rate"]?.doubleValue
        if let grouping = config["grouping_config"], !grouping.isNull {
            groupingConfig = grouping
        }
        if let hints = config["client_hints"], !hints.isNull {
            let reader = StoreConfigReader(config: hints)
            clientHints.platform = try reader.string("sec_ch_ua_platform")
            clientHints.platformVersion = try reader.string("sec_ch_ua_platform_version")
            clientHints.brands = try reader.string("sec_ch_ua")
            clientHints.model = try reader.string("sec_ch_ua_model")
        }
    }
}

private struct StoreConfigReader {
    let config: JSONValue

    private func value(_ key: String) -> JSONValue? {
        guard let value = config[key], !value.isNull else { return nil }
        return value
    }

    func string(_ key: String) throws(StoreConfigError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.stringValue else {
            throw StoreConfigError("\(key): expected a string")
        }
        return text
    }

    func unsigned(_ key: String) throws(StoreConfigError) -> UInt64? {
        guard let value = value(key) else { return nil }
        guard let number = value.uint64Value else {
            throw StoreConfigError("\(key): expected an unsigned integer")
        }
        return number
    }

    func integer(_ key: String) throws(StoreConfigError) -> Int64? {
        guard let value = value(key) else { return nil }
        guard let number = value.intValue else {
            throw StoreConfigError("\(key): expected an integer")
        }
        return Int64(number)
    }

    func bool(_ key: String, unlessSet standard: Bool = false) throws(StoreConfigError) -> Bool {
        guard let value = value(key) else { return standard }
        guard let flag = value.boolValue else {
            throw StoreConfigError("\(key): expected a boolean")
        }
        return flag
    }

    func time(_ key: String) throws(StoreConfigError) -> Int64? {
        guard var text = try string(key) else { return nil }
        let result = text.withUTF8 { Timestamp.parse(UnsafeRawBufferPointer($0)) }
        switch result {
        case .time(let time): return time.microseconds
        case .problem(let reason): throw StoreConfigError("\(key): \(reason)")
        }
    }
}
