extension SchemaTable {
    /// The event itself and its smaller parts.
    static let event = """
        record Event "event" value=event other=true
          event_id eventID
          level level
          version string
          type eventType
          fingerprint fingerprint skip=empty
          culprit string pii=maybe max=culprit
          transaction string max=culprit trim
          transaction_info TransactionInfo
          time_spent u64
          logentry LogEntry skip=empty alias=sentry.interfaces.Message alias=message
          logger string max=logger
          modules {string} skip=empty_deep bag=large
          platform string
          timestamp timestamp
          start_timestamp timestamp
          received timestamp
          server_name string pii=true max=symbol
          release lenientString max=tagValue skip=empty nonempty trim
          dist string nonempty trim
          environment string max=environment nonempty trim
          site string max=symbol
          user User skip=empty alias=sentry.interfaces.User
          request Request skip=empty alias=sentry.interfaces.Http
          contexts contexts alias=sentry.interfaces.Contexts
          breadcrumbs values<Breadcrumb> skip=empty alias=sentry.interfaces.Breadcrumbs
          exception values<Exception> skip=empty alias=sentry.interfaces.Exception
          stacktrace RawStacktrace skip=empty alias=sentry.interfaces.Stacktrace
          template TemplateInfo alias=sentry.interfaces.Template
          threads values<Thread> skip=empty
          tags tags pii=maybe skip=empty
          extra {extraValue} pii=true skip=empty bag=massive
          debug_meta DebugMeta skip=empty
          sdk ClientSdkInfo skip=empty
          ingest_path [RelayInfo] skip=empty bag=medium
          errors [EventProcessingError] skip=null_deep
          key_id string
          project u64
          grouping_config {value}
          checksum string max=hash
          csp Csp alias=sentry.interfaces.Csp
          spans [Span]
          measurements {Measurement} skip=empty
          breakdowns {measurements} skip=empty
          scraping_attempts value
          _metrics Metrics
          _dsc value
          _performance_issues_spans bool

        record LogEntry "logentry" value=logentry other=true
          message message max=message
          formatted message pii=true max=message
          params messageParameters pii=true bag=medium

        record TransactionInfo "transactioninfo" closed
          source string
          original string max=culprit trim
          changes [TransactionNameChange]
          propagations u64

        record TransactionNameChange "transactionnamechange" closed
          source string
          propagations u64
          timestamp timestamp

        record TemplateInfo "templateinfo"
          filename string pii=true max=shortPath
          abs_path string pii=true max=path
          lineno u64
          colno u64
          pre_context [string]
          context_line string
          post_context [string]

        record ClientSdkInfo "clientsdkinfo" value=sdk
          name string max=symbol required
          version string max=symbol required
          integrations [string] skip=empty_deep
          features [string] skip=empty_deep
          packages [ClientSdkPackage] skip=null_deep
          client_ip ipAddress pii=true
          settings ClientSdkSettings skip=empty

        record ClientSdkPackage "clientsdkpackage" closed
          name string
          version string

        record ClientSdkSettings "clientsdksettings" closed
          infer_ip inferIP

        record RelayInfo "relayinfo"
          version string max=symbol required
          public_key string max=symbol

        record EventProcessingError "eventprocessingerror" other=maybe
          type string required
          name string
          value value

        record Csp "csp" other=true
          effective_directive string pii=true
          blocked_uri string pii=true
          document_uri string pii=true
          original_policy string
          referrer string pii=true
          status_code u64
          violated_directive string
          source_file string pii=maybe
          line_number u64
          column_number u64
          script_sample string
          disposition string

        record Metrics "metrics" closed
          bytes.ingested.event u64
          bytes.ingested.event.minidump u64
          bytes.ingested.event.applecrashreport u64
          bytes.ingested.event.attachment u64
          bytes.stored.event u64
          bytes.stored.event.minidump u64
          bytes.stored.event.applecrashreport u64
          bytes.stored.event.attachment u64
          ms.processing.symbolicator u64
          ms.processing.proguard u64
          ms.processing.jvm u64
          ms.processing.sourcemaps u64
          flag.processing.error bool
          flag.processing.fatal bool

        record Measurement "measurement" closed
          value finiteNumber keepNull required
          unit metricUnit
        """

    /// Who and what made the request.
    static let userAndRequest = """
        record User "user" value=user other=true
          id lenientString pii=true max=enumlike skip=empty
          email string pii=true max=email skip=empty
          ip_address ipAddress pii=true
          username lenientString pii=true max=enumlike skip=empty
          name string pii=true max=enumlike skip=empty
          sentry_user string pii=true skip=empty
          geo Geo skip=empty
          segment string skip=empty
          data {value} pii=true skip=empty

        record Geo "geo"
          country_code string pii=true max=countryCode
          city string pii=true max=summary
          subdivision string pii=true max=summary
          region string pii=true max=summary

        record Request "request" value=request other=true
          url string pii=maybe max=path
          method string
          protocol string
          data value pii=true bag=large
          query_string query pii=true skip=empty bag=small
          fragment string pii=true max=summary skip=empty
          cookies cookies pii=true skip=empty bag=medium
          headers headers pii=true skip=empty bag=large
          body_size u64
          env {value} pii=true skip=empty bag=large
          inferred_content_type string skip=empty
          api_target string
        """
}
