"""The fields of the event protocol with their types, to generate events that use each of them.

One record per line block: its name, then `field:type` (aliases included). Types are those of
`well_formed` in generate.py, a record's name, `[T]` (list), `{T}` (map) or `values<T>`.
"""

TABLE = """
Event
    event_id:eventID level:level version:string type:eventType fingerprint:fingerprint
    culprit:string transaction:string transaction_info:TransactionInfo time_spent:u64
    logentry:LogEntry logger:string modules:{string} platform:string timestamp:timestamp
    start_timestamp:timestamp received:timestamp server_name:string release:lenientString
    dist:string environment:string site:string user:User request:Request contexts:contexts
    breadcrumbs:values<Breadcrumb> exception:values<Exception> stacktrace:RawStacktrace
    template:TemplateInfo threads:values<Thread> tags:tags extra:{extraValue}
    debug_meta:DebugMeta sdk:ClientSdkInfo ingest_path:[RelayInfo] errors:[EventProcessingError]
    key_id:string project:u64 grouping_config:{value} checksum:string csp:Csp spans:[Span]
    measurements:{Measurement} breakdowns:{measurements} scraping_attempts:value
    _metrics:Metrics _dsc:value _performance_issues_spans:bool
    sentry.interfaces.Message:LogEntry message:LogEntry sentry.interfaces.User:User
    sentry.interfaces.Http:Request sentry.interfaces.Contexts:contexts
    sentry.interfaces.Breadcrumbs:values<Breadcrumb>
    sentry.interfaces.Exception:values<Exception> sentry.interfaces.Stacktrace:RawStacktrace
    sentry.interfaces.Template:TemplateInfo sentry.interfaces.Csp:Csp
LogEntry
    message:message formatted:message params:messageParameters
TransactionInfo
    source:string original:string changes:[TransactionNameChange] propagations:u64
TransactionNameChange
    source:string propagations:u64 timestamp:timestamp
TemplateInfo
    filename:string abs_path:string lineno:u64 colno:u64 pre_context:[string]
    context_line:string post_context:[string]
ClientSdkInfo
    name:string version:string integrations:[string] features:[string]
    packages:[ClientSdkPackage] client_ip:ipAddress settings:ClientSdkSettings
ClientSdkPackage
    name:string version:string
ClientSdkSettings
    infer_ip:inferIP
RelayInfo
    version:string public_key:string
EventProcessingError
    type:string name:string value:value
Csp
    effective_directive:string blocked_uri:string document_uri:string original_policy:string
    referrer:string status_code:u64 violated_directive:string source_file:string line_number:u64
    column_number:u64 script_sample:string disposition:string
Metrics
    bytes.ingested.event:u64 bytes.ingested.event.minidump:u64
    bytes.ingested.event.applecrashreport:u64 bytes.ingested.event.attachment:u64
    bytes.stored.event:u64 bytes.stored.event.minidump:u64
    bytes.stored.event.applecrashreport:u64 bytes.stored.event.attachment:u64
    ms.processing.symbolicator:u64 ms.processing.proguard:u64 ms.processing.jvm:u64
    ms.processing.sourcemaps:u64 flag.processing.error:bool flag.processing.fatal:bool
Measurement
    value:finiteNumber unit:metricUnit
User
    id:lenientString email:string ip_address:ipAddress username:lenientString name:string
    geo:Geo segment:string sentry_user:string data:{value}
Geo
    country_code:string city:string subdivision:string region:string
Request
    url:string method:string protocol:string data:value query_string:query fragment:string
    cookies:cookies headers:headers body_size:u64 env:{value} inferred_content_type:string
    api_target:string
Exception
    type:string value:jsonString module:string stacktrace:RawStacktrace
    raw_stacktrace:RawStacktrace thread_id:threadID mechanism:Mechanism
    sentry.interfaces.Stacktrace:RawStacktrace
Mechanism
    type:string synthetic:bool description:string help_link:string handled:bool source:string
    is_exception_group:bool exception_id:u64 parent_id:u64 data:{value} meta:MechanismMeta
MechanismMeta
    errno:CError signal:PosixSignal mach_exception:MachException ns_error:NsError
CError
    number:i64 name:string
PosixSignal
    number:i64 code:i64 name:string code_name:string
MachException
    exception:i64 code:u64 subcode:u64 name:string
NsError
    code:i64 domain:string
RawStacktrace
    frames:[Frame] registers:{registerValue} instruction_addr_adjustment:string lang:string
    snapshot:bool
Frame
    function:string raw_function:string symbol:string module:string package:string
    filename:nativePath abs_path:nativePath file_revision:string lineno:u64 colno:u64
    platform:string pre_context:[string] context_line:string post_context:[string] in_app:bool
    vars:frameVars data:FrameData image_addr:address instruction_addr:address addr_mode:string
    function_id:address symbol_addr:address trust:string lang:string stack_start:bool
    lock:LockReason parent_index:i64 sample_count:u64
FrameData
    sourcemap:string orig_function:string orig_filename:string orig_lineno:u64 orig_colno:u64
    orig_in_app:i64
LockReason
    type:lockReason address:string package_name:string class_name:string thread_id:threadID
Thread
    id:threadID name:string stacktrace:RawStacktrace raw_stacktrace:RawStacktrace crashed:bool
    current:bool main:bool state:string held_locks:{LockReason}
Breadcrumb
    timestamp:timestamp type:string category:string level:level message:string data:{value}
    event_id:eventID origin:string ty:string
DebugMeta
    sdk_info:SystemSdkInfo images:[debugImage]
SystemSdkInfo
    sdk_name:string version_major:u64 version_minor:u64 version_patchlevel:u64
AppleDebugImage
    name:string arch:string cpu_type:u64 cpu_subtype:u64 image_addr:address image_size:u64
    image_vmaddr:address uuid:uuid
NativeDebugImage
    code_id:codeID code_file:nativePath debug_id:debugID debug_file:nativePath
    debug_checksum:string arch:string image_addr:address image_size:u64 image_vmaddr:address
    name:nativePath id:debugID
ProguardDebugImage
    uuid:uuid
JvmDebugImage
    debug_id:debugID
SourceMapDebugImage
    code_file:string debug_id:debugID debug_file:string
DeviceContext context=device
    name:string family:string model:string model_id:string arch:string battery_level:f64
    orientation:string manufacturer:string brand:string screen_resolution:string
    screen_width_pixels:u64 screen_height_pixels:u64 screen_density:f64 screen_dpi:u64
    online:bool charging:bool low_memory:bool simulator:bool memory_size:u64 free_memory:u64
    usable_memory:u64 storage_size:u64 free_storage:u64 external_storage_size:u64
    external_free_storage:u64 boot_time:string timezone:string locale:string processor_count:u64
    cpu_description:string processor_frequency:u64 device_type:string battery_status:string
    device_unique_identifier:string supports_vibration:bool supports_accelerometer:bool
    supports_gyroscope:bool supports_audio:bool supports_location_service:bool uuid:uuid
OsContext context=os
    os:string name:string version:string build:lenientString kernel_version:string rooted:bool
    distribution_name:string distribution_version:string distribution_pretty_name:string
    raw_description:string
RuntimeContext context=runtime
    runtime:string name:string version:string build:lenientString raw_description:string
AppContext context=app
    app_start_time:string device_app_hash:string build_type:string app_identifier:string
    app_name:string app_version:string app_build:lenientString app_memory:u64 in_foreground:bool
    view_names:[string]
BrowserContext context=browser
    browser:string name:string version:string
GpuContext context=gpu
    name:string version:string vendor_id:string vendor_name:string driver_version:string
    memory_size:u64 api_type:string multi_threaded_rendering:bool npot_support:string
    graphics_shader_level:string supports_draw_call_instancing:bool supports_ray_tracing:bool
    supports_compute_shaders:bool supports_geometry_shaders:bool
TraceContext context=trace
    trace_id:traceID span_id:spanID parent_span_id:spanID op:string status:spanStatus
    exclusive_time:f64 client_sample_rate:f64 origin:string sampled:bool data:SpanData
    links:[SpanLink]
ProfileContext context=profile
    profile_id:eventID profiler_id:eventID
ReplayContext context=replay
    replay_id:eventID
FlagsContext context=flags
    values:[FlagsContextItem]
UserReportV2Context context=feedback
    message:string contact_email:string
MemoryInfoContext context=memory_info
    allocated_bytes:u64 compacted:bool concurrent:bool finalization_pending_count:u64
    heap_size_bytes:u64 index:u64 memory_load_bytes:u64 pause_time_percentage:f64
    pinned_objects_count:u64 promoted_bytes:u64 total_allocated_bytes:u64
    total_available_memory_bytes:u64 total_committed_bytes:u64 pause_durations:[u64]
MonitorContext context=monitor
ReprocessingContext context=reprocessing
    original_issue_id:u64 original_primary_hash:string
OtelContext context=otel
    attributes:{value} resource:{value}
ResponseContext context=response
    status_code:u64 body_size:u64 inferred_content_type:string cookies:cookies headers:headers
UnityContext context=unity
    copy_texture_support:string editor_version:string install_mode:string
    rendering_threading_mode:string target_frame_rate:string
CultureContext context=culture
    display_name:string locale:string is_24_hour_format:bool timezone:string
SpringContext context=spring
    active_profiles:[string]
ThreadPoolInfoContext context=threadpool_info
    available_worker_threads:u64 available_completion_port_threads:u64 max_worker_threads:u64
    max_completion_port_threads:u64 min_worker_threads:u64 min_completion_port_threads:u64
FlagsContextItem
    flag:string result:value
Span
    timestamp:timestamp start_timestamp:timestamp exclusive_time:f64 op:string span_id:spanID
    parent_span_id:spanID trace_id:traceID segment_id:spanID is_segment:bool is_remote:bool
    status:spanStatus description:string tags:{jsonString} origin:string profile_id:eventID
    data:SpanData links:[SpanLink] sentry_tags:SentryTags received:timestamp
    measurements:{Measurement} platform:string was_transaction:bool kind:spanKind
SpanLink
    trace_id:traceID span_id:spanID sampled:bool attributes:{value}
SpanData
    ai.input_messages:value ai.model_id:value ai.prompt_tokens.used:value ai.responses:value
    app.vitals.start.type:value app_start_type:value browser.name:value cache.hit:value
    cache.item_size:value cache.key:value code.filepath:value code.function:value
    code.lineno:value code.namespace:value db.collection.name:value db.operation:value
    db.system:value device.memory.estimated_capacity:value device.simulator:value
    environment:value frames.delay:value frames.frozen:value frames.slow:value
    frames.total:value gen_ai.agent.name:value gen_ai.input.messages:value
    gen_ai.operation.name:value gen_ai.operation.type:value gen_ai.output.messages:value
    gen_ai.prompt:value gen_ai.request.available_tools:value gen_ai.request.messages:value
    gen_ai.request.model:value gen_ai.response.model:value gen_ai.response.object:value
    gen_ai.response.text:value gen_ai.response.tool_calls:value gen_ai.system:value
    gen_ai.tool.call.arguments:value gen_ai.tool.call.result:value gen_ai.tool.definitions:value
    gen_ai.tool.input:value gen_ai.tool.name:value gen_ai.tool.output:value
    gen_ai.usage.input_tokens:value gen_ai.usage.input_tokens.cached:value
    gen_ai.usage.output_tokens:value gen_ai.usage.total_tokens:value
    http.decoded_response_content_length:value http.request.method:value
    http.request_method:value http.response.status_code:value http.response_content_length:value
    http.response_transfer_size:value http.status_code:value lcp.element:value lcp.id:value
    lcp.size:value mcp.method.name:value messaging.destination.name:value
    messaging.message.body.size:value messaging.message.id:value
    messaging.message.receive.latency:value messaging.message.retry.count:value
    messaging.operation.name:value messaging.operation.type:value os.build:value
    previous_route:value react_native.module.top.duration:value
    resource.render_blocking_status:value route:value score.ratio:value score.to:value
    score.weight:value sentry.exclusive_time:value sentry.frames.frozen:value
    sentry.frames.slow:value sentry.frames.total:value sentry.segment.name:value
    server.address:value thread.id:value thread.name:value transaction:value type:value
    ui.component_name:value url.scheme:value user.geo.city:value user.geo.country_code:value
    user.geo.region:value user.geo.subdivision:value user_agent.original:value profile_id:value
    release:value replay_id:value sentry.profile_id:value sentry.replay_id:value
    sentry.sdk.name:value sentry.sdk.version:value sentry.transaction:value
SentryTags
    release:string user:string user.id:string user.ip:string user.username:string
    user.email:string environment:string transaction.method:string transaction.op:string
    browser.name:string sdk.name:string sdk.version:string platform:string mobile:string
    device.class:string device.family:string device.arch:string device.battery_level:string
    device.brand:string device.charging:string device.locale:string device.model_id:string
    device.name:string device.online:string device.orientation:string
    device.screen_density:string device.screen_dpi:string device.screen_height_pixels:string
    device.screen_width_pixels:string device.simulator:string device.uuid:string
    app.device:string device.model:string runtime:string runtime.name:string browser:string
    os:string os.rooted:string gpu.name:string gpu.vendor:string monitor.id:string
    monitor.slug:string request.url:string request.method:string os.name:string action:string
    category:string description:string domain:string raw_domain:string group:string
    http.decoded_response_content_length:string http.response_content_length:string
    http.response_transfer_size:string resource.render_blocking_status:string op:string
    status:string status_code:string system:string ttfd:string file_extension:string
    main_thread:string app_start_type:string replay_id:string cache.hit:string cache.key:string
    trace.status:string messaging.destination.name:string messaging.message.id:string
    messaging.operation.name:string messaging.operation.type:string thread.name:string
    thread.id:string profiler_id:string user.geo.city:string user.geo.country_code:string
    user.geo.region:string user.geo.subdivision:string user.geo.subregion:string name:string
"""

# Context types by their record.
CONTEXTS = {}
# {record: {field: type}}
RECORDS = {}


def _read():
    record = None
    for line in TABLE.splitlines():
        if line.startswith("    "):
            RECORDS[record].update(word.rsplit(":", 1) for word in line.split())
        elif line:
            record, *words = line.split()
            RECORDS[record] = {}
            for word in words:
                CONTEXTS[word.removeprefix("context=")] = record


_read()
