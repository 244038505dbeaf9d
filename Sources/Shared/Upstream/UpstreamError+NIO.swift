import NIOCore
import NIOPosix
import NIOSSL

extension UpstreamError {
    /// An error of a connection's pipeline.
    init(_ error: any Error, isConnecting: Bool, isSecure: Bool) {
        switch error {
        case let error as UpstreamError:
            self = error
        case is IOError, is ChannelError:
            self = isConnecting && !isSecure ? .connect(String(describing: error)) : .reset
        default:
            // What remains of a secure connection's errors is TLS's; an unclean end is a reset.
            if isSecure, isConnecting {
                self = .tls(String(describing: error))
            } else {
                self = .reset
            }
        }
    }

    /// Why the bootstrap could not connect.
    init(connecting error: any Error) {
        switch error {
        case let error as NIOConnectionError:
            if let failure = error.connectionErrors.first {
                self = .connect("\(failure.target): \(failure.error)")
            } else if let failure = error.dnsAError ?? error.dnsAAAAError {
                self = .nameResolution("\(error.host): \(failure)")
            } else {
                self = .connect("\(error.host): no address")
            }
        case ChannelError.connectTimeout:
            self = .connect("no connection within http.connection_timeout")
        case let error as NIOSSLError:
            self = .tls(String(describing: error))
        default:
            self = .connect(String(describing: error))
        }
    }
}
