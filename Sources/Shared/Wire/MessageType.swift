/// The type byte of a frame header. Requests are even, answers are the request's number plus one.
public enum MessageType: UInt8, Sendable, CaseIterable {
    case hello = 1
    case ping = 2
    case pong = 3
    case drain = 4
    case getProject = 16
    case project = 17
    case getProjectState = 18
    case projectState = 19
    case getEventAction = 20
    case eventAction = 21
    case updateRateLimits = 22
    case getRelayPublicKeys = 24
    case relayPublicKeys = 25
    case getStatus = 26
    case status = 27
    case getProjectKeys = 28
    case projectKeys = 29
    case projectConfiguration = 32
    case forgetConfiguration = 34
    case processEvent = 36
    case eventProcessed = 37
    case grantCredits = 38

    /// Whether a message of this type expects an answer.
    public var isRequest: Bool {
        switch self {
        case .ping, .getProject, .getProjectState, .getEventAction, .getRelayPublicKeys,
            .getStatus, .getProjectKeys, .processEvent:
            true
        case .hello, .pong, .drain, .project, .projectState, .eventAction, .updateRateLimits,
            .relayPublicKeys, .status, .projectKeys, .projectConfiguration,
            .forgetConfiguration, .eventProcessed, .grantCredits:
            false
        }
    }

    /// Whether a message of this type answers a request, so that it bears the request's id. A
    /// `status` with id 0 is a notice nobody asked for.
    public var isAnswer: Bool {
        switch self {
        case .pong, .project, .projectState, .eventAction, .relayPublicKeys, .status,
            .projectKeys, .eventProcessed:
            true
        default: false
        }
    }
}

extension Message {
    /// The type that goes into the frame header.
    public var type: MessageType {
        switch self {
        case .hello: .hello
        case .ping: .ping
        case .pong: .pong
        case .drain: .drain
        case .getProject: .getProject
        case .project: .project
        case .getProjectState: .getProjectState
        case .projectState: .projectState
        case .getEventAction: .getEventAction
        case .eventAction: .eventAction
        case .updateRateLimits: .updateRateLimits
        case .getRelayPublicKeys: .getRelayPublicKeys
        case .relayPublicKeys: .relayPublicKeys
        case .getStatus: .getStatus
        case .status: .status
        case .getProjectKeys: .getProjectKeys
        case .projectKeys: .projectKeys
        case .projectConfiguration: .projectConfiguration
        case .forgetConfiguration: .forgetConfiguration
        case .processEvent: .processEvent
        case .eventProcessed: .eventProcessed
        case .grantCredits: .grantCredits
        }
    }
}
