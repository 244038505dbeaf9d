extension SettingTable {
    static let processing: [Setting] = [
        .flag("processing.enabled", \.processing.isEnabled, "Full normalisation, as in Sentry."),
        .optionalText(
            "processing.geoip_path", \.processing.geoipPath,
            "A MaxMind database; the older name of geoip.path."),
        .time(
            "processing.max_secs_in_future", \.processing.maxInFuture,
            "Timestamps further in the future are corrected."),
        .time(
            "processing.max_secs_in_past", \.processing.maxInPast,
            "Timestamps further in the past are corrected."),
        .time(
            "processing.max_session_secs_in_past", \.processing.maxSessionInPast,
            "Sessions older than this are refused."),
        .optionalFlag(
            "routing.accept_unknown_items", \.routing.areUnknownItemsAccepted,
            "Let items of unknown types pass; default: yes, unless processing is enabled."),
        .choice(
            "normalization.level", \.normalization.level,
            "How much of an event's normalisation is done here."),
        .choice("auth.ready", \.auth.ready, "When the ready check says yes."),
        Setting(
            "auth.static_relays", type: "section: relay id → {public_key, internal}",
            summary: "Relays below that are known without asking upstream.",
            read: { (node, config) throws(SettingError) in
                config.auth.staticRelays = try staticRelays(node)
            },
            show: { config in
                .section(
                    config.auth.staticRelays.map {
                        ShownEntry(
                            key: $0.id,
                            value: .section([
                                ShownEntry(key: "public_key", value: .text($0.publicKey)),
                                ShownEntry(key: "internal", value: .plain("\($0.isInternal)")),
                            ]))
                    })
            }),
        .optionalText("geoip.path", \.geoip.path, "A MaxMind database with cities."),
    ]

    private static func staticRelays(_ node: ConfigNode) throws(SettingError) -> [StaticRelay] {
        guard case .mapping(let entries) = node.content else {
            throw SettingError(node, "\(node.kind) must be a section")
        }
        var relays: [StaticRelay] = []
        for entry in entries {
            guard let id = Credentials.normalizedID(entry.key) else {
                throw SettingError(entry.value, "\"\(entry.key.shortened)\" is no relay id (UUID)")
            }
            guard case .mapping(let fields) = entry.value.content else {
                throw SettingError(entry.value, "\(entry.value.kind) must be a section")
            }
            var publicKey: String?
            var isInternal = false
            for field in fields where !field.value.isNull {
                switch field.key {
                case "public_key":
                    let text = try field.value.text()
                    if let problem = Credentials.problem(publicKey: text) {
                        throw SettingError(field.value, "public_key \(problem)")
                    }
                    publicKey = text
                case "internal": isInternal = try field.value.boolean()
                default: break
                }
            }
            guard let publicKey else {
                throw SettingError(entry.value, "relay \(id) needs a public_key")
            }
            relays.append(StaticRelay(id: id, publicKey: publicKey, isInternal: isInternal))
        }
        return relays
    }
}
