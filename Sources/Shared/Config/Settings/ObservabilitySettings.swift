import Metrics

extension SettingTable {
    static let observability: [Setting] = [
        .choice("logging.level", \.logging.level, "Least severe level that is logged."),
        .choice(
            "logging.format", \.logging.format,
            "Form of log lines; auto is pretty on a terminal, else simplified."),
        Setting(
            "metrics.statsd", type: "text", summary: "host:port of a statsd server.",
            isOptional: true,
            read: { (node, config) throws(SettingError) in
                let address = node.isNull ? "" : try node.text()
                config.metrics.statsd = address.isEmpty ? nil : address
                if !address.isEmpty, StatsdSettings(address: address) == nil {
                    throw SettingError(node, "must be host:port")
                }
            },
            show: { .optional($0.metrics.statsd) { .text($0) } }),
        .text(
            "metrics.prefix", \.metrics.prefix, isEmptyAllowed: true, "Start of all metric names."),
        Setting(
            "metrics.default_tags", type: "section of texts", summary: "Tags of every metric.",
            read: { (node, config) throws(SettingError) in
                guard case .mapping(let entries) = node.content else {
                    throw SettingError(node, "\(node.kind) must be a section")
                }
                var tags: [RelayConfig.Metrics.Tag] = []
                for entry in entries {
                    tags.append(.init(name: entry.key, value: try entry.value.text()))
                }
                config.metrics.defaultTags = tags
            },
            show: { config in
                .section(
                    config.metrics.defaultTags.map {
                        ShownEntry(key: $0.name, value: .text($0.value))
                    })
            }),
        .optionalText(
            "metrics.hostname_tag", \.metrics.hostnameTag, "Tag that carries the host name."),
        Setting(
            "metrics.sample_rate", type: "number from 0 to 1",
            summary: "0 sends nothing; what is sent is added up before, so any other share is all.",
            read: { (node, config) throws(SettingError) in
                config.metrics.sampleRate = try node.number(min: 0, max: 1)
            },
            show: { .plain("\($0.metrics.sampleRate)") }),
        .time(
            "metrics.periodic_secs", \.metrics.periodicInterval, isZeroAllowed: false,
            "How often metrics are sent."),
        .choice(
            "metrics.prometheus", \.metrics.prometheus,
            "Who may read `/metrics`: nobody, processes of this machine, or everybody."),
        .flag("sentry.enabled", \.sentry.isEnabled, "Report the relay's own errors to Sentry."),
        .optionalText("sentry.dsn", \.sentry.dsn, "Where to report them."),
        Setting(
            "outcomes.emit_outcomes", type: "true, false or as_client_reports",
            summary: "How outcomes reach upstream.",
            read: { (node, config) throws(SettingError) in
                config.outcomes.emission = try outcomeEmission(node)
            },
            show: { .plain($0.outcomes.emission.rawValue) }),
        .count(
            "outcomes.batch_size", \.outcomes.batchSize, min: 1, "Most outcomes in one request."),
        .time(
            "outcomes.batch_interval", \.outcomes.batchInterval, unit: .milliseconds,
            "Outcomes of this time go upstream in one request."),
        .optionalText("outcomes.source", \.outcomes.source, "Name of this relay in outcomes."),
    ]

    private static func outcomeEmission(_ node: ConfigNode) throws(SettingError) -> OutcomeEmission
    {
        switch node.content {
        case .plain("as_client_reports"), .quoted("as_client_reports"): return .clientReports
        case .plain("true"): return .outcomes
        case .plain("false"): return .disabled
        default:
            throw SettingError(node, "\(node.kind) must be true, false or as_client_reports")
        }
    }
}
