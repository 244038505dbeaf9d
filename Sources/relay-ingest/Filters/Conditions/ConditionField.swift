/// A field that a condition can name, by its path.
enum ConditionField: Hashable, Sendable {
    /// A path that leads nowhere.
    case unknown
    case level, release, dist, environment, transaction, logger, platform
    case logentryFormatted, logentryMessage
    case userEmail, userID, userAddress, userName, userSegment, sentryUser
    /// `user.geo.*`, by the name in the event.
    case geography([UInt8])
    case requestMethod, requestURL
    case requestHeader([UInt8])
    case transactionSource
    case sdkName, sdkVersion
    case context(ContextField)
    case duration
    case releaseBuild, releasePackage, releaseVersionShort
    case measurement([UInt8])
    case breakdown([UInt8], [UInt8])
    case extra([[UInt8]])
    case tag([UInt8])
    /// Of an exception, within `any` and `all`.
    case exceptionType, exceptionValue

    /// A field of a context.
    struct ContextField: Hashable, Sendable {
        enum Kind: Sendable {
            case text, lenientText, bool, double, unsigned, uuid, eventID, any, traceStatus
        }

        /// Key of the context, which must be of the same type.
        var context: String
        var name: String
        var kind: Kind
    }

    /// - Parameter isException: whether the condition is about one exception.
    init(path: String, isException: Bool) {
        if isException {
            self = path == "ty" ? .exceptionType : path == "value" ? .exceptionValue : .unknown
            return
        }
        guard path.hasPrefix("event.") else {
            self = .unknown
            return
        }
        let rest = String(path.dropFirst(6))
        self = Self.plain[rest] ?? Self.context(rest) ?? Self.bag(rest) ?? .unknown
    }

    private static let plain: [String: ConditionField] = [
        "level": .level, "release": .release, "dist": .dist, "environment": .environment,
        "transaction": .transaction, "logger": .logger, "platform": .platform,
        "logentry.formatted": .logentryFormatted, "logentry.message": .logentryMessage,
        "user.email": .userEmail, "user.id": .userID, "user.ip_address": .userAddress,
        "user.name": .userName, "user.segment": .userSegment, "sentry_user": .sentryUser,
        "user.geo.city": .geography(Array("city".utf8)),
        "user.geo.country_code": .geography(Array("country_code".utf8)),
        "user.geo.region": .geography(Array("region".utf8)),
        "user.geo.subdivision": .geography(Array("subdivision".utf8)),
        "request.method": .requestMethod, "request.url": .requestURL,
        "transaction.source": .transactionSource, "sdk.name": .sdkName,
        "sdk.version": .sdkVersion, "duration": .duration, "release.build": .releaseBuild,
        "release.package": .releasePackage, "release.version.short": .releaseVersionShort,
    ]

    private static let contextKinds: [String: ContextField.Kind] = [
        "app.in_foreground": .bool, "app.device_app_hash": .text, "device.arch": .text,
        "device.battery_level": .double, "device.brand": .text, "device.charging": .bool,
        "device.family": .text, "device.model": .text, "device.locale": .text,
        "device.online": .bool, "device.orientation": .text, "device.name": .text,
        "device.screen_density": .double, "device.screen_dpi": .unsigned,
        "device.screen_width_pixels": .unsigned, "device.screen_height_pixels": .unsigned,
        "device.simulator": .bool, "device.uuid": .uuid, "gpu.vendor_name": .text,
        "gpu.name": .text, "monitor.id": .any, "monitor.slug": .any, "os.build": .lenientText,
        "os.kernel_version": .text, "os.name": .text, "os.version": .text, "os.rooted": .bool,
        "browser.name": .text, "browser.version": .text, "profile.profile_id": .eventID,
        "trace.status": .traceStatus, "trace.op": .text, "response.status_code": .unsigned,
        "unreal.crash_type": .any, "runtime.name": .text,
    ]

    private static func context(_ path: String) -> ConditionField? {
        guard path.hasPrefix("contexts.") else { return nil }
        let rest = String(path.dropFirst(9))
        // The context as a whole: name and version in one.
        if ["os", "browser", "runtime"].contains(rest) {
            return .context(ContextField(context: rest, name: rest, kind: .text))
        }
        guard let kind = contextKinds[rest], let dot = rest.firstIndex(of: ".") else { return nil }
        return .context(
            ContextField(
                context: String(rest[..<dot]), name: String(rest[rest.index(after: dot)...]),
                kind: kind))
    }

    private static func bag(_ path: String) -> ConditionField? {
        func suffix(_ prefix: String) -> Substring? {
            path.hasPrefix(prefix) ? path.dropFirst(prefix.count) : nil
        }
        if let rest = suffix("measurements.") {
            guard rest.hasSuffix(".value") else { return nil }
            return .measurement(Array(rest.dropLast(6).utf8))
        }
        if let rest = suffix("breakdowns."), let dot = rest.firstIndex(of: ".") {
            return .breakdown(
                Array(rest[..<dot].utf8), Array(rest[rest.index(after: dot)...].utf8))
        }
        if let rest = suffix("extra.") {
            let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
            return .extra(parts.map { Array($0.utf8) })
        }
        if let rest = suffix("tags.") { return .tag(Array(rest.utf8)) }
        if let rest = suffix("request.headers.") { return .requestHeader(Array(rest.utf8)) }
        return nil
    }
}
