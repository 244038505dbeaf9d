extension SchemaTable {
    /// Contexts, by the value of their `type`.
    static let contexts = """
        record DeviceContext "devicecontext" context=device retain other=maybe
          arch string
          battery_level f64
          battery_status string pii=maybe
          boot_time string pii=maybe
          brand string
          charging bool
          cpu_description string pii=maybe
          device_type string pii=maybe
          device_unique_identifier string pii=true
          external_free_storage u64 pii=maybe
          external_storage_size u64 pii=maybe
          family string
          free_memory u64 pii=maybe
          free_storage u64 pii=maybe
          locale string pii=maybe
          low_memory bool
          manufacturer string
          memory_size u64 pii=maybe
          model string
          model_id string
          name string pii=maybe
          online bool
          orientation string
          processor_count u64
          processor_frequency u64
          screen_density f64 pii=maybe
          screen_dpi u64 pii=maybe
          screen_height_pixels u64 pii=maybe
          screen_resolution string pii=maybe
          screen_width_pixels u64 pii=maybe
          simulator bool
          storage_size u64 pii=maybe
          supports_accelerometer bool
          supports_audio bool
          supports_gyroscope bool
          supports_location_service bool
          supports_vibration bool
          timezone string pii=maybe
          usable_memory u64 pii=maybe
          uuid uuid pii=maybe

        record OsContext "oscontext" context=os retain other=maybe
          build lenientString pii=maybe
          distribution_name string pii=maybe
          distribution_pretty_name string pii=maybe
          distribution_version string pii=maybe
          kernel_version string pii=maybe
          name string
          os string
          raw_description string pii=maybe
          rooted bool
          version string

        record RuntimeContext "runtimecontext" context=runtime retain other=maybe
          build lenientString pii=maybe
          name string
          raw_description string pii=maybe
          runtime string
          version string

        record AppContext "appcontext" context=app retain other=maybe
          app_build lenientString
          app_identifier string
          app_memory u64
          app_name string
          app_start_time string pii=maybe
          app_version string
          build_type string
          device_app_hash string pii=maybe
          in_foreground bool
          view_names [string] skip=empty

        record BrowserContext "browsercontext" context=browser retain other=maybe
          browser string
          name string
          version string

        record GpuContext "gpucontext" context=gpu retain other=maybe
          api_type string pii=maybe
          driver_version string pii=maybe
          graphics_shader_level string
          memory_size u64 pii=maybe
          multi_threaded_rendering bool
          name string pii=maybe
          npot_support string pii=maybe
          supports_compute_shaders bool
          supports_draw_call_instancing bool
          supports_geometry_shaders bool
          supports_ray_tracing bool
          vendor_id string pii=maybe
          vendor_name string pii=maybe
          version string pii=maybe

        record TraceContext "tracecontext" context=trace retain other=maybe
          client_sample_rate f64
          data SpanData pii=true
          exclusive_time f64
          links [SpanLink]
          op string max=enumlike
          origin string max=enumlike
          parent_span_id spanID
          sampled bool
          span_id spanID required
          status spanStatus
          trace_id traceID required

        record ProfileContext "profilecontext" context=profile closed
          profile_id eventID
          profiler_id eventID

        record ReplayContext "replaycontext" context=replay retain
          replay_id eventID

        record FlagsContext "flagscontext" context=flags retain other=maybe
          values [FlagsContextItem]

        record UserReportV2Context "userreportv2context" context=feedback retain
          contact_email string
          message string

        record MemoryInfoContext "memoryinfocontext" context=memory_info retain other=maybe
          allocated_bytes u64
          compacted bool
          concurrent bool
          finalization_pending_count u64
          heap_size_bytes u64
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
          body_size u64
          cookies cookies pii=true skip=empty bag=medium
          headers headers pii=true skip=empty bag=large
          inferred_content_type string skip=empty
          status_code u64

        record UnityContext "unitycontext" context=unity retain other=maybe
          copy_texture_support string
          editor_version string
          install_mode string
          rendering_threading_mode string
          target_frame_rate string

        record CultureContext "culturecontext" context=culture retain other=maybe
          display_name string pii=maybe
          is_24_hour_format bool
          locale string pii=maybe
          timezone string pii=maybe

        record SpringContext "springcontext" context=spring retain other=maybe
          active_profiles [string]

        record ThreadPoolInfoContext "threadpoolinfocontext" context=threadpool_info retain other=maybe
          available_completion_port_threads u64
          available_worker_threads u64
          max_completion_port_threads u64
          max_worker_threads u64
          min_completion_port_threads u64
          min_worker_threads u64

        record FlagsContextItem "flagscontextitem" retain other=maybe
          flag string max=culprit
          result value
        """

    /// Spans and their parts.
    static let spans = """
        record Span "span" value=span retain other=maybe
          data SpanData pii=true
          description string pii=maybe
          exclusive_time f64
          is_remote bool
          is_segment bool
          kind spanKind
          links [SpanLink]
          measurements {Measurement} skip=empty
          op string max=enumlike
          origin string max=enumlike
          parent_span_id spanID
          platform string skip=empty
          profile_id eventID
          received timestamp
          segment_id spanID
          sentry_tags SentryTags
          span_id spanID required
          start_timestamp timestamp required
          status spanStatus
          tags {jsonString} pii=maybe
          timestamp timestamp required
          trace_id traceID required
          was_transaction bool

        record SpanLink "spanlink" retain other=maybe
          trace_id traceID required
          span_id spanID required
          sampled bool
          attributes {value} pii=maybe

        record SpanData "spandata" retain other=true

        record SentryTags "sentrytags" closed
          action string pii=maybe
          app.device string pii=maybe
          app_start_type string pii=maybe
          browser string pii=maybe
          browser.name string pii=maybe
          cache.hit string pii=maybe
          cache.key string pii=maybe
          category string pii=maybe
          description string pii=maybe
          device.arch string pii=maybe
          device.battery_level string pii=maybe
          device.brand string pii=maybe
          device.charging string pii=maybe
          device.class string pii=maybe
          device.family string pii=maybe
          device.locale string pii=maybe
          device.model string pii=maybe
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
          domain string pii=maybe
          environment string pii=maybe
          file_extension string pii=maybe
          gpu.name string pii=maybe
          gpu.vendor string pii=maybe
          group string pii=maybe
          http.decoded_response_content_length string pii=maybe
          http.response_content_length string pii=maybe
          http.response_transfer_size string pii=maybe
          main_thread string pii=maybe
          messaging.destination.name string pii=maybe
          messaging.message.id string pii=maybe
          messaging.operation.name string pii=maybe
          messaging.operation.type string pii=maybe
          mobile string pii=maybe
          monitor.id string pii=maybe
          monitor.slug string pii=maybe
          name string pii=maybe
          op string pii=maybe
          os string pii=maybe
          os.name string pii=maybe
          os.rooted string pii=maybe
          platform string pii=maybe
          profiler_id string pii=maybe
          raw_domain string pii=maybe
          release string pii=maybe
          replay_id string pii=maybe
          request.method string pii=maybe
          request.url string pii=maybe
          resource.render_blocking_status string pii=maybe
          runtime string pii=maybe
          runtime.name string pii=maybe
          sdk.name string pii=maybe
          sdk.version string pii=maybe
          status string pii=maybe
          status_code string pii=maybe
          system string pii=maybe
          thread.id string pii=maybe
          thread.name string pii=maybe
          trace.status string pii=maybe
          transaction.method string pii=maybe
          transaction.op string pii=maybe
          ttfd string pii=maybe
          user string pii=true
          user.email string pii=true
          user.geo.city string pii=maybe
          user.geo.country_code string pii=maybe
          user.geo.region string pii=maybe
          user.geo.subdivision string pii=maybe
          user.geo.subregion string pii=maybe
          user.id string pii=true
          user.ip string pii=true
          user.username string pii=true
        """
}
