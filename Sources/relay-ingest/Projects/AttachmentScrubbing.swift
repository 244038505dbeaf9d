import JSON
import Wire

/// Which attachments of a project have to pass a processor. A guess on the safe side, so that files
/// of projects without such rules cost nothing: the processor decides what is stripped.
struct AttachmentScrubbing: Hashable {
    /// `piiConfig` applies rules to something; a deep wildcard reaches into minidumps.
    var coversMinidumps = false
    /// Some selector of `piiConfig` speaks of attachments.
    var coversPlainFiles = false

    /// Nothing is stripped.
    static let none = AttachmentScrubbing()

    /// Reads a project state.
    init(state: [UInt8]) {
        guard let root = try? JSONValue(parsing: state),
            let configuration = root["config"]?["piiConfig"], !configuration.isNull
        else { return }
        guard let applications = configuration["applications"] else { return }
        guard let pairs = applications.objectValue else {
            // Not understood here; the processor redacts more rather than less then.
            coversMinidumps = !applications.isNull
            coversPlainFiles = !applications.isNull
            return
        }
        coversMinidumps = !pairs.isEmpty
        coversPlainFiles = pairs.contains { $0.0.utf8.contains("attachments".utf8) }
    }

    private init() {}

    /// Whether a processor has to see a payload of this kind.
    func covers(_ kind: EventItemKind) -> Bool {
        switch kind {
        case .minidump: coversMinidumps
        case .attachment: coversPlainFiles
        case .event, .transaction, .unspecified, .rawSecurity, .feedback: true
        }
    }
}
