import JSON
import Wire

/// What a processor does with an attachment.
final class AttachmentStep {
    private let scrubber = AttachmentScrubber()
    /// The copy that is scrubbed; given back with the next attachment.
    private var copy: UnsafeMutableRawBufferPointer?

    deinit { copy?.deallocate() }

    /// The attachment as it may leave: its own bytes when there is nothing to strip, otherwise bytes
    /// that are valid until the next call.
    func scrub(
        _ event: ProcessEventView, _ scrubbing: ProjectScrubbing
    ) -> UnsafeRawBufferPointer {
        copy?.deallocate()
        copy = nil
        let isMinidump = event.kind == .minidump
        guard let program = scrubbing.attachmentProgram, !event.payload.isEmpty,
            isMinidump || scrubbing.scrubsPlainAttachments
        else { return event.payload }
        return fileName(event).withUnsafeBytes { name in
            guard scrubber.needsScrubbing(name: name, isMinidump: isMinidump, with: program) else {
                return event.payload
            }
            let bytes = UnsafeMutableRawBufferPointer.allocate(
                byteCount: event.payload.count, alignment: 16)
            bytes.copyMemory(from: event.payload)
            copy = bytes
            if isMinidump {
                _ = scrubber.scrubMinidump(bytes, name: name, with: program)
            } else {
                _ = scrubber.scrub(bytes, name: name, with: program)
            }
            return UnsafeRawBufferPointer(bytes)
        }
    }

    /// `filename` of the item's header, empty when it has none.
    private func fileName(_ event: ProcessEventView) -> [UInt8] {
        guard !event.attributes.isEmpty,
            let attributes = try? JSONValue(parsing: Array(event.attributes))
        else { return [] }
        return Array((attributes["filename"]?.stringValue ?? "").utf8)
    }
}
