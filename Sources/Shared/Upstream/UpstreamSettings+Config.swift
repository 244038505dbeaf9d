import Compression
import Config

extension UpstreamSettings {
    /// The settings that `config.yml` states.
    public init(_ config: RelayConfig) {
        let upstream = config.relay.upstream
        self.init(
            isSecure: upstream.isSecure, host: upstream.host, port: upstream.port,
            hostHeader: config.http.hostHeader ?? upstream.hostHeader)
        connectTimeout = config.http.connectionTimeout
        responseTimeout = config.http.timeout
        requestsMax = max(1, config.limits.maxConcurrentRequests)
        encoding =
            switch config.http.encoding {
            case .identity: nil
            case .deflate: .deflate
            case .gzip: .gzip
            case .brotli: .brotli
            case .zstd: .zstd
            }
    }
}
