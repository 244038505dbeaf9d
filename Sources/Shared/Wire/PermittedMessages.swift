/// Which messages a role may send to which: anything else closes the link.
public enum PermittedMessages {
    /// Whether `sender` may send `type` to `receiver` once the link is open.
    public static func isPermitted(
        _ type: MessageType, from sender: PeerRole, to receiver: PeerRole
    ) -> Bool {
        switch type {
        case .hello: false
        case .ping, .pong, .drain: true
        case .getProject, .getProjectState, .getEventAction, .updateRateLimits,
            .getRelayPublicKeys, .getStatus, .getProjectKeys:
            isAsker(sender) && receiver == .projects
        case .project, .projectState, .eventAction, .relayPublicKeys, .status, .projectKeys:
            sender == .projects && isAsker(receiver)
        case .projectConfiguration, .forgetConfiguration, .processEvent:
            isAsker(sender) && receiver == .processor
        case .eventProcessed, .grantCredits:
            sender == .processor && isAsker(receiver)
        }
    }

    private static func isAsker(_ role: PeerRole) -> Bool {
        role == .ingest || role == .tool
    }

    /// Whether a message is still allowed after its sender sent `drain`: only what needs no answer.
    public static func isPermittedWhileDraining(_ type: MessageType) -> Bool {
        switch type {
        case .ping, .pong, .project, .projectState, .eventAction, .relayPublicKeys, .status,
            .projectKeys, .eventProcessed, .grantCredits, .updateRateLimits, .forgetConfiguration:
            true
        case .hello, .drain, .getProject, .getProjectState, .getEventAction, .getRelayPublicKeys,
            .getStatus, .getProjectKeys, .projectConfiguration, .processEvent:
            false
        }
    }
}
