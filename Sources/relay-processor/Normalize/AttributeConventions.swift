/// Attributes of spans that have a newer name: the deprecations of the public Sentry Semantic
/// Conventions that the reference carries out, each measured with it.
final class AttributeConventions: Sendable {
    /// What becomes of an attribute.
    struct Replacement: Sendable {
        /// The newer name; of a template what stands before the variable part.
        var name: String
        /// Whether the old attribute is removed, with a remark; otherwise both stay.
        var removesOld: Bool
    }

    static let standard = AttributeConventions(copied: copied, moved: moved)

    private let names: AttributeNames
    /// By position of the old name.
    private let replacements: [Replacement]

    private init(copied: String, moved: String) {
        var names: [Substring] = []
        var replacements: [Replacement] = []
        for (table, removesOld) in [(copied, false), (moved, true)] {
            for line in table.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count == 2 else { continue }
                names.append(words[0])
                replacements.append(
                    Replacement(
                        name: AttributeNames.parts(words[1]).name, removesOld: removesOld))
            }
        }
        self.names = AttributeNames(names)
        self.replacements = replacements
    }

    /// What becomes of an attribute, and the variable part of its name, which its new name has too;
    /// nil if it has no newer name.
    func replacement(
        for name: UnsafeRawBufferPointer
    ) -> (replacement: Replacement, variable: UnsafeRawBufferPointer)? {
        names.find(name).map { (replacements[$0.position], $0.variable) }
    }
}

extension AttributeConventions {
    /// `old new`: the new attribute gets the value, the old one stays.
    private static let copied = """
        address server.address
        ai.completion_tokens.used gen_ai.usage.output_tokens
        ai.finish_reason gen_ai.response.finish_reasons
        ai.frequency_penalty gen_ai.request.frequency_penalty
        ai.function_call gen_ai.tool.name
        ai.generation_id gen_ai.response.id
        ai.input_messages gen_ai.input.messages
        ai.model.id gen_ai.request.model
        ai.model.provider gen_ai.provider.name
        ai.model_id gen_ai.request.model
        ai.pipeline.name gen_ai.pipeline.name
        ai.preamble gen_ai.system_instructions
        ai.presence_penalty gen_ai.request.presence_penalty
        ai.prompt gen_ai.input.messages
        ai.prompt.messages gen_ai.input.messages
        ai.prompt.tools gen_ai.tool.definitions
        ai.prompt_tokens.used gen_ai.usage.input_tokens
        ai.response.id gen_ai.response.id
        ai.response.model gen_ai.response.model
        ai.response.text gen_ai.output.messages
        ai.response.toolCalls gen_ai.output.messages
        ai.responses gen_ai.output.messages
        ai.seed gen_ai.request.seed
        ai.streaming gen_ai.response.streaming
        ai.temperature gen_ai.request.temperature
        ai.texts gen_ai.input.messages
        ai.toolCall.args gen_ai.tool.call.arguments
        ai.toolCall.result gen_ai.tool.call.result
        ai.tool_calls gen_ai.output.messages
        ai.tools gen_ai.tool.definitions
        ai.top_k gen_ai.request.top_k
        ai.top_p gen_ai.request.top_p
        ai.total_cost gen_ai.cost.total_tokens
        ai.total_tokens.used gen_ai.usage.total_tokens
        ai.usage.tokens gen_ai.usage.total_tokens
        app.app_build app.build
        app.app_identifier app.identifier
        app.app_name app.name
        app.app_start_time app.start_time
        app.app_version app.version
        app_start_cold app.vitals.start.cold.value
        app_start_type app.vitals.start.type
        app_start_warm app.vitals.start.warm.value
        aws.kinesis.stream.name aws.kinesis.stream_name
        aws.lambda.aws_request_id faas.invocation_id
        aws.lambda.function_name faas.name
        aws.lambda.function_version faas.version
        aws.lambda.invoked_function_arn aws.lambda.invoked_arn
        aws.operation_name rpc.method
        aws.request.extended_id aws.extended_request_id
        aws.request.id aws.request_id
        aws.request.url url.full
        aws_region cloud.region
        cloudflare.d1.query_type db.operation.name
        cls browser.web_vital.cls.value
        cls.source.<key> browser.web_vital.cls.source.<key>
        code rpc.response.status_code
        code.filepath code.file.path
        code.lineno code.line.number
        connection.rtt network.connection.rtt
        connectionType network.connection.type
        db.mongodb.collection db.collection.name
        db.name db.namespace
        db.system db.system.name
        device.connection_type network.connection.type
        deviceMemory device.memory.estimated_capacity
        dist sentry.dist
        django.function_name code.function.name
        django.middleware_name middleware.name
        effectiveConnectionType network.connection.effective_type
        faas.execution faas.invocation_id
        faas.id cloud.resource_id
        fcp browser.web_vital.fcp.value
        fp browser.web_vital.fp.value
        frames.delay app.vitals.frames.delay.value
        frames.frozen app.vitals.frames.frozen.count
        frames.slow app.vitals.frames.slow.count
        frames.total app.vitals.frames.total.count
        frames_frozen_rate app.vitals.frames.frozen.rate
        frames_slow_rate app.vitals.frames.slow.rate
        gcp_region cloud.region
        gen_ai.prompt gen_ai.input.messages
        gen_ai.response.time_to_first_token gen_ai.response.time_to_first_chunk
        gen_ai.system.message gen_ai.system_instructions
        gen_ai.usage.cache_creation_input_tokens gen_ai.usage.cache_creation.input_tokens
        gen_ai.usage.cache_read_input_tokens gen_ai.usage.cache_read.input_tokens
        gen_ai.usage.completion_tokens gen_ai.usage.output_tokens
        gen_ai.usage.input_tokens.cache_write gen_ai.usage.cache_creation.input_tokens
        gen_ai.usage.input_tokens.cached gen_ai.usage.cache_read.input_tokens
        gen_ai.usage.output_tokens.reasoning gen_ai.usage.reasoning.output_tokens
        gen_ai.usage.prompt_tokens gen_ai.usage.input_tokens
        graphql.source graphql.document
        hardwareConcurrency device.processor_count
        http.client_ip client.address
        http.decoded_response_content_length http.response.body.decoded_size
        http.flavor network.protocol.version
        http.method http.request.method
        http.request_content_length http.request.body.size
        http.request_content_length_uncompressed http.request.body.decoded_size
        http.request_method http.request.method
        http.response_content_length http.response.body.size
        http.response_content_length_uncompressed http.response.body.decoded_size
        http.response_transfer_size http.response.size
        http.scheme url.scheme
        http.server_name server.address
        http.status_code http.response.status_code
        http.status_text http.response.status_text
        http.url url.full
        http.user_agent user_agent.original
        inp browser.web_vital.inp.value
        langchain.chain.name gen_ai.pipeline.name
        lcp browser.web_vital.lcp.value
        lcp.element browser.web_vital.lcp.element
        lcp.id browser.web_vital.lcp.id
        lcp.loadTime browser.web_vital.lcp.load_time
        lcp.renderTime browser.web_vital.lcp.render_time
        lcp.size browser.web_vital.lcp.size
        lcp.url browser.web_vital.lcp.url
        litestar.middleware_name middleware.name
        mcp.prompt.name gen_ai.prompt.name
        mcp.request.id jsonrpc.request.id
        mcp.resource.protocol network.protocol.name
        mcp.tool.name gen_ai.tool.name
        mcp.tool.result.content gen_ai.tool.call.result
        mcp.transport network.transport
        messaging.conversation_id messaging.message.conversation_id
        messaging.destination messaging.destination.name
        messaging.message_id messaging.message.id
        messaging.operation messaging.operation.name
        messaging.protocol network.protocol.name
        messaging.protocol_version network.protocol.version
        messaging.rabbitmq.routing_key messaging.rabbitmq.destination.routing_key
        messaging.url url.full
        navigation.origin router.navigation.origin
        navigation.route.id router.navigation.route.id
        navigation.type router.navigation.type
        net.host.ip network.local.address
        net.host.name server.address
        net.host.port server.port
        net.peer.ip network.peer.address
        net.protocol.name network.protocol.name
        net.protocol.version network.protocol.version
        net.sock.host.addr network.local.address
        net.sock.host.port network.local.port
        net.sock.peer.addr network.peer.address
        net.sock.peer.port network.peer.port
        os.build os.build_id
        otel.kind sentry.kind
        performance.activationStart browser.performance.navigation.activation_start
        performance.timeOrigin browser.performance.time_origin
        port server.port
        query db.query.text
        redis.command db.operation.name
        redis.key db.redis.key
        resource.deployment.environment sentry.environment
        resource.deployment.environment.name sentry.environment
        rpc.system rpc.system.name
        runtime.name process.runtime.name
        runtime.raw_description process.runtime.description
        runtime.version process.runtime.version
        sentry.browser.name browser.name
        sentry.browser.version browser.version
        sentry.frames.frozen app.vitals.frames.frozen.count
        sentry.frames.slow app.vitals.frames.slow.count
        sentry.frames.total app.vitals.frames.total.count
        sentry.segment_id sentry.segment.id
        sentry.sveltekit.navigation.from router.navigation.origin
        sentry.sveltekit.navigation.type router.navigation.type
        sentry.thread.id thread.id
        sentry.transaction sentry.segment.name
        sentry.user.email user.email
        sentry.user.geo.city user.geo.city
        sentry.user.geo.country_code user.geo.country_code
        sentry.user.geo.region user.geo.region
        sentry.user.geo.subdivision user.geo.subdivision
        sentry.user.id user.id
        sentry.user.ip user.ip_address
        sentry.user.username user.name
        server_name server.address
        stall_percentage app.vitals.stall.percentage
        stall_total_time app.vitals.stall.duration
        starlette.middleware_name middleware.name
        starlite.middleware_name middleware.name
        subprocess.pid process.pid
        time_to_full_display app.vitals.ttfd.value
        time_to_initial_display app.vitals.ttid.value
        ttfb browser.web_vital.ttfb.value
        ttfb.requestTime browser.web_vital.ttfb.request_time
        turbo_module.arch react_native.architecture
        turbo_module.method react_native.module.method
        turbo_module.name react_native.module.name
        turbo_module.top_module react_native.module.top.name
        turbo_module.top_module_duration_ms react_native.module.top.duration
        turbo_module.total_call_count react_native.module.call.count
        turbo_module.total_duration_ms react_native.module.duration.total
        turbo_module.total_error_count react_native.module.error.count
        turbo_module.unique_methods react_native.module.call.distinct_count
        turbo_modules.total_call_count react_native.module.call.count
        turbo_modules.total_duration_ms react_native.module.duration.total
        turbo_modules.total_error_count react_native.module.error.count
        turbo_modules.unique_methods react_native.module.call.distinct_count
        url url.full
        url.path.params.<key> url.path.parameter.<key>
        url.same_origin http.request.same_origin
        """

    /// `old new`: the new attribute gets the value, the old one is removed.
    private static let moved = """
        db.operation db.operation.name
        db.statement db.query.text
        environment sentry.environment
        gen_ai.request.available_tools gen_ai.tool.definitions
        gen_ai.request.messages gen_ai.input.messages
        gen_ai.response.finish_reason gen_ai.response.finish_reasons
        gen_ai.response.text gen_ai.output.messages
        gen_ai.response.tool_calls gen_ai.output.messages
        gen_ai.system gen_ai.provider.name
        gen_ai.tool.input gen_ai.tool.call.arguments
        gen_ai.tool.message gen_ai.tool.call.result
        gen_ai.tool.output gen_ai.tool.call.result
        method http.request.method
        profile_id sentry.profile_id
        release sentry.release
        replay_id sentry.replay_id
        transaction sentry.segment.name
        """
}
