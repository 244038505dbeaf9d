extension SettingTable {
    static let limits: [Setting] = requestLimits + sizeLimits + connectionLimits + processLimits

    private static let requestLimits: [Setting] = [
        .count(
            "limits.max_concurrent_requests", \.limits.maxConcurrentRequests, min: 1,
            "Most requests to upstream at a time."),
        .count(
            "limits.max_concurrent_queries", \.limits.maxConcurrentQueries, min: 1,
            "Most requests for project states at a time."),
        .time(
            "limits.query_timeout", \.limits.queryTimeout, isZeroAllowed: false,
            "Time for one question to upstream, all attempts together."),
    ]

    private static let sizeLimits: [Setting] = [
        .bytes(
            "limits.max_event_size", aliases: ["limits.max_event_payload_size"],
            \.limits.maxEventSize, "Largest event, decoded."),
        .bytes("limits.max_attachment_size", \.limits.maxAttachmentSize, "Largest attachment."),
        .bytes(
            "limits.max_attachments_size", \.limits.maxAttachmentsSize,
            "All attachments of an envelope together."),
        .count(
            "limits.max_attachment_count", \.limits.maxAttachmentCount,
            "Most attachments in an envelope."),
        .bytes("limits.max_envelope_size", \.limits.maxEnvelopeSize, "Largest envelope, decoded."),
        .count(
            "limits.max_item_count", \.limits.maxItemCount, min: 1, "Most items in an envelope."),
        .count(
            "limits.max_session_count", \.limits.maxSessionCount, "Most sessions in an envelope."),
        .bytes(
            "limits.max_sessions_size", \.limits.maxSessionsSize, "Largest item with sessions."),
        .bytes(
            "limits.max_client_reports_size", \.limits.maxClientReportsSize,
            "Largest client report."),
        .count(
            "limits.max_client_reports_count", \.limits.maxClientReportsCount,
            "Most client reports in an envelope."),
        .bytes("limits.max_check_in_size", \.limits.maxCheckInSize, "Largest check-in."),
        .bytes("limits.max_profile_size", \.limits.maxProfileSize, "Largest profile."),
        .bytes("limits.max_log_size", \.limits.maxLogSize, "Largest log record."),
        .bytes(
            "limits.max_trace_metric_size", \.limits.maxTraceMetricSize, "Largest trace metric."),
        .bytes("limits.max_span_size", \.limits.maxSpanSize, "Largest span."),
        .count(
            "limits.max_standalone_span_count", \.limits.maxStandaloneSpanCount,
            "Most spans outside a container in an envelope."),
        .bytes("limits.max_container_size", \.limits.maxContainerSize, "Largest item container."),
        .bytes("limits.max_statsd_size", \.limits.maxStatsdSize, "Largest statsd item."),
        .bytes(
            "limits.max_metric_buckets_size", \.limits.maxMetricBucketsSize,
            "Largest item with metric buckets."),
        .bytes(
            "limits.max_replay_compressed_size", \.limits.maxReplayCompressedSize,
            "Largest replay recording, compressed."),
        .bytes(
            "limits.max_replay_uncompressed_size", \.limits.maxReplayUncompressedSize,
            "Largest replay recording, decompressed."),
        .bytes(
            "limits.max_replay_message_size", \.limits.maxReplayMessageSize,
            "Largest replay message."),
        .bytes("limits.max_upload_size", \.limits.maxUploadSize, "Largest resumable upload."),
        .bytes(
            "limits.max_api_payload_size", \.limits.maxAPIPayloadSize,
            "Largest forwarded request or response."),
        .bytes(
            "limits.max_api_file_upload_size", \.limits.maxAPIFileUploadSize,
            "Largest forwarded file upload."),
        .bytes(
            "limits.max_api_chunk_upload_size", \.limits.maxAPIChunkUploadSize,
            "Largest forwarded chunk upload."),
    ]

    private static let connectionLimits: [Setting] = [
        .count(
            "limits.max_connections", \.limits.maxConnections, min: 1, max: 1_000_000,
            "Most HTTP connections at a time."),
        .optionalCount(
            "limits.max_connection_rate", \.limits.maxConnectionRate, min: 1,
            "Most HTTP connections accepted per second; null is no limit."),
        .count(
            "limits.max_pending_connections", \.limits.maxPendingConnections, min: 1, max: 65535,
            "Length of the listen queue."),
        .time(
            "limits.keepalive_timeout", \.limits.keepaliveTimeout,
            "An idle HTTP connection is kept this long for a next request."),
        .optionalTime(
            "limits.idle_timeout", \.limits.idleTimeout,
            "A connection on which no byte moves for this long is closed; null is never."),
        .time(
            "limits.header_timeout", \.limits.headerTimeout, isZeroAllowed: false,
            "Time from a request's first byte to the end of its headers."),
        .bytes(
            "limits.max_header_size", \.limits.maxHeaderSize, min: 1024,
            "Most bytes of a request line and headers."),
        .count(
            "limits.max_header_count", \.limits.maxHeaderCount, min: 1,
            "Most header fields of a request."),
        .time(
            "limits.body_timeout", \.limits.bodyTimeout, isZeroAllowed: false,
            "Time for a request's body, plus what body_rate_min grants."),
        .bytes(
            "limits.body_rate_min", \.limits.bodyRateMin, min: 1,
            "Bytes per second of a slow body: each time so many arrive it gets one second more."),
    ]

    private static let processLimits: [Setting] = [
        .optionalCount(
            "limits.max_thread_count", \.limits.maxThreadCount, min: 1, max: 1024,
            "Processors that `relay run` starts; default: one per core."),
        .time(
            "limits.shutdown_timeout", \.limits.shutdownTimeout,
            "Time for what is in flight after SIGTERM."),
        .choice(
            "limits.conflict", \.limits.conflict,
            "Which of two rate limits of the same scope and categories stays."),
    ]
}
