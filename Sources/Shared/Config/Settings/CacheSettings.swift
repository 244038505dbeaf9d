extension SettingTable {
    static let cache: [Setting] = [
        .flag(
            "cache.project_request_full_config", \.cache.isFullProjectConfigRequested,
            "Ask upstream for full project states (internal relays only)."),
        .time("cache.project_expiry", \.cache.projectExpiry, "A state older than this is stale."),
        .time(
            "cache.project_grace_period", \.cache.projectGracePeriod,
            "A stale state stays in use for this long while it is fetched again."),
        .optionalTime(
            "cache.project_refresh_interval", \.cache.projectRefreshInterval,
            "Fetch states in use again this often, before they are stale."),
        .time(
            "cache.relay_expiry", \.cache.relayExpiry, "Life of public keys of relays below."),
        .time(
            "cache.envelope_expiry", aliases: ["cache.event_expiry"], \.cache.envelopeExpiry,
            isZeroAllowed: false, "An envelope that cannot be delivered for this long is given up."),
        .optionalCount(
            "cache.envelope_buffer_size", aliases: ["cache.event_buffer_size"],
            \.cache.envelopeBufferSize,
            "Most envelopes waiting; 0 accepts none, null is bounded by bytes only."),
        .bytes(
            "cache.envelope_buffer_bytes", \.cache.envelopeBufferBytes,
            "Most bytes of accepted envelopes that wait in memory."),
        .time(
            "cache.miss_expiry", \.cache.missExpiry,
            "How long the answer holds that a project or key does not exist."),
        .time(
            "cache.batch_interval", \.cache.batchInterval, unit: .milliseconds,
            "Keys asked for within this time go upstream in one request."),
        .time(
            "cache.downstream_relays_batch_interval", \.cache.downstreamRelaysBatchInterval,
            unit: .milliseconds, "The same for public keys of relays below."),
        .count("cache.batch_size", \.cache.batchSize, min: 1, "Most keys in one request."),
        .time(
            "cache.file_interval", \.cache.fileInterval, isZeroAllowed: false,
            "How often the folder `projects` is looked at."),
        .time(
            "cache.eviction_interval", \.cache.evictionInterval, isZeroAllowed: false,
            "How often projects nobody asks for are removed."),
        .time(
            "cache.global_config_fetch_interval", \.cache.globalConfigFetchInterval,
            isZeroAllowed: false, "How often the global configuration is fetched."),
        .optionalText(
            "spool.envelopes.path", \.spool.envelopes.path,
            "Where accepted envelopes are kept on disk; default: in memory."),
        .bytes(
            "spool.envelopes.max_disk_size", \.spool.envelopes.maxDiskSize,
            "Most bytes of envelopes on disk."),
        .time(
            "spool.envelopes.max_envelope_delay_secs", \.spool.envelopes.maxEnvelopeDelay,
            "An envelope on disk older than this is given up."),
    ]
}
