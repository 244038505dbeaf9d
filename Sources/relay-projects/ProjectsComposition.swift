import Config
import Links
import Logging
import Model
import NIOCore
import Signing
import Upstream
import Wire

/// Why relay-projects cannot start.
public struct ProjectsStartError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

/// Everything of relay-projects that is not the process: made from a configuration, on one event
/// loop.
public final class ProjectsComposition {
    /// The version this relay tells its upstream; the original's that it is compatible with.
    public static let version = "25.11.0"

    public let projects: Projects
    /// Called, on the loop, when a link has come or gone.
    public var onPeersChanged: () -> Void {
        get { server.onPeersChanged }
        set { server.onPeersChanged = newValue }
    }
    public let server: ProjectsServer
    private let client: UpstreamClient?
    private let eventLoop: any EventLoop

    /// Makes everything, starts nothing. Called on the event loop.
    public init(
        _ loaded: LoadedConfig, eventLoop: any EventLoop, clocks: RegistrationClient.Clocks,
        seed: UInt64, logger: Logger
    ) throws(ProjectsStartError) {
        let settings = ProjectsSettings(loaded)
        self.eventLoop = eventLoop
        if settings.mode == .managed {
            let identity = try Self.identity(loaded)
            let client = UpstreamClient(
                settings: UpstreamSettings(loaded.config), eventLoop: eventLoop, logger: logger)
            self.client = client
            projects = Projects(
                settings: settings, eventLoop: eventLoop, upstream: (client, identity),
                clocks: clocks, seed: seed, version: Self.version, logger: logger)
        } else {
            client = nil
            projects = Projects(
                settings: settings, eventLoop: eventLoop, upstream: nil, clocks: clocks,
                seed: seed, version: Self.version, logger: logger)
        }
        server = ProjectsServer(projects: projects, eventLoop: eventLoop, logger: logger)
    }

    /// Listens, once the local files have been read. Upstream is not waited for.
    public func start(_ listener: FrameLinkListener) -> EventLoopFuture<Void> {
        projects.start().assumeIsolated().flatMap { [self] in
            server.start(listener)
        }.nonisolated()
    }

    /// Leaves in order.
    public func drain() -> EventLoopFuture<Void> {
        server.drain().assumeIsolated().map { [self] in
            client?.shutDown()
        }.nonisolated()
    }

    /// Whether another configuration makes another composition.
    public static func isAnother(_ new: LoadedConfig, than old: LoadedConfig) -> Bool {
        ProjectsSettings(new) != ProjectsSettings(old)
            || UpstreamSettings(new.config) != UpstreamSettings(old.config)
            || new.credentials != old.credentials
    }

    /// Who we are towards upstream; managed mode cannot do without.
    private static func identity(
        _ loaded: LoadedConfig
    ) throws(ProjectsStartError) -> RelayIdentity {
        guard let credentials = loaded.credentials else {
            throw ProjectsStartError(
                description: "relay has no credentials, which are required in managed mode. "
                    + "Generate some with \"relay credentials generate\" first.")
        }
        guard let key = SigningKey(credentials.secretKey) else {
            throw ProjectsStartError(
                description: "the secret key of the credentials is no Ed25519 key")
        }
        guard key.publicKey.base64URL == credentials.publicKey else {
            throw ProjectsStartError(
                description: "the public key of the credentials does not belong to the secret key")
        }
        return RelayIdentity(relayID: credentials.id, key: key)
    }
}
