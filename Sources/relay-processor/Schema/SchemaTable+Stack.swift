extension SchemaTable {
    /// Exceptions, stack traces, threads, breadcrumbs and what was loaded.
    static let stack = """
        record Exception "exception" value=exception value=error
          type string max=symbol
          value jsonString pii=true max=message
          module string max=symbol
          stacktrace RawStacktrace skip=empty alias=sentry.interfaces.Stacktrace
          raw_stacktrace RawStacktrace skip=empty
          thread_id threadID
          mechanism Mechanism

        record Mechanism "exception mechanism"
          type string max=enumlike required nonempty
          synthetic bool
          description string pii=true max=message
          help_link string max=path nonempty
          handled bool
          source string max=enumlike nonempty
          is_exception_group bool
          exception_id u64
          parent_id u64
          data {value} pii=true skip=empty bag=medium
          meta MechanismMeta skip=empty

        record MechanismMeta "mechanismmeta"
          errno CError
          signal PosixSignal
          mach_exception MachException
          ns_error NsError

        record CError "cerror" closed
          number i64
          name string

        record PosixSignal "posixsignal" closed
          number i64
          code i64
          name string
          code_name string

        record MachException "machexception" closed
          exception i64
          code u64
          subcode u64
          name string

        record NsError "nserror" closed
          code i64
          domain string

        record RawStacktrace "rawstacktrace" value=stacktrace
          frames [Frame] skip=empty required nonempty
          registers {registerValue}
          instruction_addr_adjustment string
          lang string max=enumlike
          snapshot bool

        record Frame "frame" value=frame
          function string max=frameSymbol skip=empty
          raw_function string max=frameSymbol skip=empty
          symbol string max=frameSymbol
          module string pii=maybe skip=empty
          package string skip=empty
          filename nativePath pii=maybe skip=empty
          file_revision string pii=maybe skip=empty
          abs_path nativePath pii=maybe skip=empty
          lineno u64
          colno u64
          platform string skip=empty
          pre_context [string] skip=empty
          context_line string
          parent_index i64
          sample_count u64
          post_context [string] skip=empty
          in_app bool
          vars frameVars pii=true bag=medium
          data FrameData skip=empty
          image_addr address
          instruction_addr address
          addr_mode string skip=empty
          function_id address
          symbol_addr address
          trust string max=enumlike
          lang string max=enumlike
          stack_start bool
          lock LockReason

        record FrameData "framedata"
          sourcemap string max=path
          orig_function string max=symbol
          orig_filename string max=path
          orig_lineno u64
          orig_colno u64
          orig_in_app i64

        record LockReason "lockreason"
          type lockReason required
          address string skip=empty
          package_name string skip=empty
          class_name string skip=empty
          thread_id threadID skip=empty

        record Thread "thread" value=thread
          id threadID
          name string max=summary
          stacktrace RawStacktrace skip=empty
          raw_stacktrace RawStacktrace skip=empty
          crashed bool
          current bool
          main bool
          state string skip=empty
          held_locks {LockReason}

        record Breadcrumb "breadcrumb" value=breadcrumb
          timestamp timestamp
          type string max=enumlike alias=ty
          category string max=enumlike
          level level
          message string pii=true max=message
          data {value} pii=true skip=empty bag=medium
          event_id eventID
          origin string skip=empty

        record DebugMeta "debugmeta"
          sdk_info SystemSdkInfo skip=empty
          images [debugImage] skip=empty

        record SystemSdkInfo "systemsdkinfo"
          sdk_name string
          version_major u64
          version_minor u64
          version_patchlevel u64

        record AppleDebugImage "appledebugimage"
          name string required
          arch string
          cpu_type u64
          cpu_subtype u64
          image_addr address required
          image_size u64 required
          image_vmaddr address
          uuid uuid required

        record NativeDebugImage "nativedebugimage"
          code_id codeID
          code_file nativePath pii=maybe required alias=name
          debug_id debugID required alias=id
          debug_file nativePath pii=maybe
          debug_checksum string
          arch string
          image_addr address
          image_size u64
          image_vmaddr address

        record ProguardDebugImage "proguarddebugimage"
          uuid uuid required

        record JvmDebugImage "jvmdebugimage"
          debug_id debugID required

        record SourceMapDebugImage "sourcemapdebugimage"
          code_file string required
          debug_id debugID required
          debug_file string pii=maybe
        """
}
