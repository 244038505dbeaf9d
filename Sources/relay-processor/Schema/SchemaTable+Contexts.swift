extension SchemaTable {
    /// Contexts, by the value of their `type`.
    static let contexts = """
        record DeviceContext "devicecontext" context=device retain other=maybe
          name string pii=maybe
          family string
          model string
          model_id string
          arch string
          battery_level f64
          orientation string
          manufacturer string
          brand string
          screen_resolution string pii=maybe
          screen_width_pixels u64 pii=maybe
          screen_height_pixels u64 pii=maybe
          screen_density f64 pii=maybe
          screen_dpi u64 pii=maybe
          online bool
          charging bool
          low_memory bool
          simulator bool
          memory_size u64 pii=maybe
          free_memory u64 pii=maybe
          usable_memory u64 pii=maybe
          storage_size u64 pii=maybe
          free_storage u64 pii=maybe
          external_storage_size u64 pii=maybe
          external_free_storage u64 pii=maybe
          boot_time string pii=maybe
          timezone string pii=maybe
          locale string pii=maybe
          processor_count u64
          cpu_description string pii=maybe
          processor_frequency u64
          device_type string pii=maybe
          battery_status string pii=maybe
          device_unique_identifier string pii=true
          supports_vibration bool
          supports_accelerometer bool
          supports_gyroscope bool
          supports_audio bool
          supports_location_service bool
          uuid uuid pii=maybe

        record OsContext "oscontext" context=os retain other=maybe
          os string
          name string
          version string
          build lenientString pii=maybe
          kernel_version string pii=maybe
          rooted bool
          distribution_name string pii=maybe
          distribution_version string pii=maybe
          distribution_pretty_name string pii=maybe
          raw_description string pii=maybe

        record RuntimeContext "runtimecontext" context=runtime retain other=maybe
          runtime string
          name string
          version string
          build lenientString pii=maybe
          raw_description string pii=maybe

        record AppContext "appcontext" context=app retain other=maybe
          app_start_time string pii=maybe
          device_app_hash string pii=maybe
          build_type string
          app_identifier string
          app_name string
          app_version string
          app_build lenientString
          app_memory u64
          in_foreground bool
          view_names [string] skip=empty

        record BrowserContext "browsercontext" context=browser retain other=maybe
          browser string
          name string
          version string

        record GpuContext "gpucontext" context=gpu retain other=maybe
          name string pii=maybe
          version string pii=maybe
          id value pii=maybe
          vendor_id string pii=maybe
          vendor_name string pii=maybe
          driver_version string pii=maybe
          memory_size u64 pii=maybe
          api_type string pii=maybe
          multi_threaded_rendering bool
          npot_support string pii=maybe
          max_texture_size u64
          graphics_shader_level string
          supports_draw_call_instancing bool
          supports_ray_tracing bool
          supports_compute_shaders bool
          supports_geometry_shaders bool

        record TraceContext "tracecontext" context=trace retain other=maybe
          trace_id traceID required
          span_id spanID required
          parent_span_id spanID
          op string max=enumlike
          status spanStatus
          exclusive_time f64
          client_sample_rate f64
          origin string max=enumlike plain
          sampled bool
          data SpanData pii=maybe
          links [SpanLink] pii=maybe

        record ProfileContext "profilecontext" context=profile closed
          profile_id eventID
          profiler_id eventID

        record ReplayContext "replaycontext" context=replay retain
          replay_id eventID

        record FlagsContext "flagscontext" context=flags retain other=maybe
          values [FlagsContextItem]

        record UserReportV2Context "userreportv2context" context=feedback retain
          message string
          contact_email string

        record MemoryInfoContext "memoryinfocontext" context=memory_info retain other=maybe
          allocated_bytes u64
          compacted bool
          concurrent bool
          finalization_pending_count u64
          fragmented_bytes u64
          heap_size_bytes u64
          high_memory_load_threshold_bytes u64
          index u64
          memory_load_bytes u64
          pause_durations [u64]
          pause_time_percentage f64
          pinned_objects_count u64
          promoted_bytes u64
          total_allocated_bytes u64
          total_available_memory_bytes u64
          total_committed_bytes u64

        record MonitorContext "monitorcontext" context=monitor retain other=maybe

        record ReprocessingContext "reprocessingcontext" context=reprocessing retain
          original_issue_id u64
          original_primary_hash string

        record OtelContext "otelcontext" context=otel retain other=maybe
          attributes {value} pii=maybe
          resource {value} pii=maybe

        record ResponseContext "responsecontext" context=response retain other=maybe
          cookies cookies pii=true skip=empty bag=medium
          headers headers pii=true skip=empty bag=large
          status_code u64
          body_size u64
          data value pii=true bag=large
          inferred_content_type string skip=empty

        record UnityContext "unitycontext" context=unity retain other=maybe
          copy_texture_support string
          editor_version string
          install_mode string
          rendering_threading_mode string
          target_frame_rate string

        record CultureContext "culturecontext" context=culture retain other=maybe
          calendar string pii=maybe
          display_name string pii=maybe
          locale string pii=maybe
          is_24_hour_format bool
          timezone string pii=maybe

        record SpringContext "springcontext" context=spring retain other=maybe
          active_profiles [string]

        record ThreadPoolInfoContext "threadpoolinfocontext" context=threadpool_info retain other=maybe
          available_worker_threads u64
          available_completion_port_threads u64
          max_worker_threads u64
          max_completion_port_threads u64
          min_worker_threads u64
          min_completion_port_threads u64

        record FlagsContextItem "flagscontextitem" retain other=maybe
          flag string max=culprit name
          result value max=culprit oneLine
        """

    /// Spans and their parts.
    static let spans = """
        record Span "span" value=span other=maybe
          timestamp timestamp required
          start_timestamp timestamp required
          exclusive_time f64
          op string max=enumlike
          span_id spanID required
          parent_span_id spanID
          trace_id traceID required
          segment_id spanID
          is_segment bool
          is_remote bool
          status spanStatus
          description string pii=maybe
          tags {jsonString} pii=maybe
          origin string max=enumlike plain
          profile_id eventID
          data SpanData pii=true
          links [SpanLink] pii=maybe
          sentry_tags SentryTags
          received timestamp
          measurements {Measurement} skip=empty
          platform string skip=empty
          was_transaction bool
          kind spanKind

        record SpanLink "spanlink" retain other=maybe
          trace_id traceID required
          span_id spanID required
          sampled bool
          attributes {value} pii=maybe untrimmed

        record SpanData "spandata" attributes retain other=true

        record SentryTags "sentrytags" closed
          release string pii=maybe
          user string pii=true
          user.id string pii=true
          user.ip string pii=true
          user.username string pii=true
          user.email string pii=true
          environment string pii=maybe
          transaction.method string pii=maybe
          transaction.op string pii=maybe
          browser.name string pii=maybe
          sdk.name string pii=maybe
          sdk.version string pii=maybe
          platform string pii=maybe
          mobile string pii=maybe
          device.class string pii=maybe
          device.family string pii=maybe
          device.arch string pii=maybe
          device.battery_level string pii=maybe
          device.brand string pii=maybe
          device.charging string pii=maybe
          device.locale string pii=maybe
          device.model_id string pii=maybe
          device.name string pii=maybe
          device.online string pii=maybe
          device.orientation string pii=maybe
          device.screen_density string pii=maybe
          device.screen_dpi string pii=maybe
          device.screen_height_pixels string pii=maybe
          device.screen_width_pixels string pii=maybe
          device.simulator string pii=maybe
          device.uuid string pii=maybe
          app.device string pii=maybe
          device.model string pii=maybe
          runtime string pii=maybe
          runtime.name string pii=maybe
          browser string pii=maybe
          os string pii=maybe
          os.rooted string pii=maybe
          gpu.name string pii=maybe
          gpu.vendor string pii=maybe
          monitor.id string pii=maybe
          monitor.slug string pii=maybe
          request.url string pii=maybe
          request.method string pii=maybe
          os.name string pii=maybe
          action string pii=maybe
          category string pii=maybe
          description string pii=maybe
          domain string pii=maybe
          raw_domain string pii=maybe
          group string pii=maybe
          http.decoded_response_content_length string pii=maybe
          http.response_content_length string pii=maybe
          http.response_transfer_size string pii=maybe
          resource.render_blocking_status string pii=maybe
          op string pii=maybe
          status string pii=maybe
          status_code string pii=maybe
          system string pii=maybe
          ttfd string pii=maybe
          file_extension string pii=maybe
          main_thread string pii=maybe
          app_start_type string pii=maybe
          replay_id string pii=maybe
          cache.hit string pii=maybe
          cache.key string pii=maybe
          trace.status string pii=maybe
          messaging.destination.name string pii=maybe
          messaging.message.id string pii=maybe
          messaging.operation.name string pii=maybe
          messaging.operation.type string pii=maybe
          thread.name string pii=maybe
          thread.id string pii=maybe
          profiler_id string pii=maybe
          user.geo.city string pii=maybe
          user.geo.country_code string pii=maybe
          user.geo.region string pii=maybe
          user.geo.subdivision string pii=maybe
          user.geo.subregion string pii=maybe
          name string pii=maybe
        """
}
