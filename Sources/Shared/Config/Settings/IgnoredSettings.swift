extension SettingTable {
    static let ignored: [IgnoredSetting] = [
        (
            "TLS on the listener is left to the proxy in front",
            [
                "relay.tls_port", "relay.tls_identity_path", "relay.tls_identity_password",
                "relay.tls_private_key", "relay.tls_cert",
            ]
        ),
        ("a restart applies a new configuration", ["relay.config_reload_interval"]),
        ("metrics are not aggregated here", ["http.global_metrics", "aggregator"]),
        ("names are resolved again for each connection", ["http.dns_cache"]),
        ("envelope_expiry is the name of this setting", ["cache.event_buffer_expiry"]),
        (
            "the spool has one writer and its own batches",
            [
                "spool.envelopes.batch_size_bytes", "spool.envelopes.flush_timeout_secs",
                "spool.envelopes.max_backpressure_memory_percent", "spool.envelopes.partitions",
                "spool.envelopes.partitioning", "spool.envelopes.ephemeral",
            ]
        ),
        ("each processor is one process with one thread", ["limits.max_pool_concurrency"]),
        (
            "log lines carry no backtraces and no payloads",
            ["logging.enable_backtraces", "logging.log_failed_payloads"]
        ),
        (
            "metrics are buffered by the size of a datagram",
            ["metrics.buffering", "metrics.statsd_buffer_size"]
        ),
        (
            "Kafka and Redis are not part of this version",
            [
                "processing.kafka_config", "processing.secondary_kafka_configs",
                "processing.kafka_validate_topics", "processing.topics", "processing.redis",
                "processing.projectconfig_cache_prefix", "processing.attachment_chunk_size",
                "processing.max_rate_limit", "processing.quota_cache_ratio",
                "processing.quota_cache_max", "processing.objectstore",
                "processing._internal_projects",
            ]
        ),
        (
            "not part of this version",
            ["outcomes.aggregator", "cardinality_limiter", "health", "profiling", "upload"]
        ),
    ].flatMap { reason, names in names.map { IgnoredSetting(name: $0, reason: reason) } }
}
