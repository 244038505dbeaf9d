extension SettingTable {
    static let relay: [Setting] = [
        .choice("relay.mode", \.relay.mode, "Where project states come from and events go."),
        .text("relay.instance", \.relay.instance, "Name of this installation in logs and metrics."),
        Setting(
            "relay.upstream", type: "URL",
            summary: "Sentry or the relay above; scheme, host and port only.",
            read: { (node, config) throws(SettingError) in
                config.relay.upstream = try node.upstreamURL()
            },
            show: { .text("\($0.relay.upstream)") }),
        Setting(
            "relay.advertised_upstream", type: "URL",
            summary: "Address that relays below are told to use.", isOptional: true,
            read: { (node, config) throws(SettingError) in
                config.relay.advertisedUpstream = node.isNull ? nil : try node.upstreamURL()
            },
            show: { .optional($0.relay.advertisedUpstream) { .text("\($0)") } }),
        .text("relay.host", \.relay.host, "Address or name the HTTP listener binds to."),
        .port("relay.port", \.relay.port, "Port of the HTTP listener; 0 takes a free one."),
        .optionalText(
            "relay.internal_host", \.relay.internalHost,
            "Address of a separate listener for health checks."),
        .optionalPort(
            "relay.internal_port", \.relay.internalPort,
            "Port of the separate listener for health checks."),
        .flag(
            "relay.override_project_ids", \.relay.isProjectIDOverridden,
            "Use the project id of the project's state instead of the one in the request."),
        .optionalText(
            "relay.state_directory", \.relay.stateDirectory,
            "Folder for what must survive a restart; default: systemd's STATE_DIRECTORY, else"
                + " `state` in the configuration folder."),
    ]

    static let http: [Setting] = [
        .time(
            "http.timeout", \.http.timeout, isZeroAllowed: false,
            "Time for the response headers of upstream."),
        .time(
            "http.connection_timeout", \.http.connectionTimeout, isZeroAllowed: false,
            "Time for name resolution, TCP and TLS towards upstream."),
        .time(
            "http.max_retry_interval", \.http.maxRetryInterval,
            "Longest pause between two attempts."),
        .time("http.retry_delay", \.http.retryDelay, "First pause between two attempts."),
        .optionalText(
            "http.host_header", \.http.hostHeader,
            "Host header towards upstream; default: the upstream's own."),
        .optionalTime(
            "http.auth_interval", \.http.authInterval,
            "How often a registered relay registers again; 0 or null is never."),
        .time(
            "http.outage_grace_period", \.http.outageGracePeriod,
            "Network failures for this long count as an outage of upstream."),
        .time(
            "http.project_failure_interval", \.http.projectFailureInterval,
            "A project state that cannot be fetched for this long is reported as failed."),
        .choice(
            "http.encoding", \.http.encoding, "Content encoding of envelopes sent upstream."),
        .flag(
            "http.forward", \.http.isForwardingEnabled,
            "Forward requests to other /api/ paths to upstream."),
        Setting(
            "http.trusted_proxies", type: "any, none, a number of hops, or a list of networks",
            summary: "Whose X-Forwarded-For decides which address counts as the client's.",
            read: { (node, config) throws(SettingError) in
                config.http.trustedProxies = try trustedProxies(node)
            },
            show: { config in
                switch config.http.trustedProxies {
                case .networks(let networks): .list(networks.map { .text($0.description) })
                case .any, .none, .hops: .plain(config.http.trustedProxies.description)
                }
            }),
    ]

    private static func trustedProxies(_ node: ConfigNode) throws(SettingError) -> TrustedProxies {
        let allowed = "any, none, a number of hops, or a list of networks such as 10.0.0.0/8"
        switch node.content {
        case .plain("any"), .quoted("any"): return .any
        case .plain("none"), .quoted("none"): return .none
        case .plain(let text):
            if Int(text) != nil {
                let hops = try node.integer(min: 0, max: TrustedProxies.forwardedElementsMax)
                return hops == 0 ? .none : .hops(hops)
            }
        case .sequence(let elements):
            var networks: [IPNetwork] = []
            for element in elements {
                guard let network = IPNetwork(try element.text()) else {
                    throw SettingError(element, "\(element.kind) is no network in CIDR form")
                }
                networks.append(network)
            }
            return .networks(networks)
        case .null, .quoted, .mapping: break
        }
        throw SettingError(node, "\(node.kind) must be \(allowed)")
    }
}
