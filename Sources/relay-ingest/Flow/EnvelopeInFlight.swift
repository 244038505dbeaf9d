import Model
import NIOCore
import Wire

/// One accepted envelope on its way.
final class EnvelopeInFlight {
    let ticket: StoreTicket
    let id: EventID?
    let meta: RequestMeta
    let sentAt: WallTime?
    let receivedAt: MonotonicTime
    /// When its items went to processors.
    var processingSince: MonotonicTime
    /// Headers and items; processed payloads replace those that were received.
    var envelope: Envelope
    var machine: EnvelopeFlowStateMachine

    /// The project of the state, once known.
    var stateProjectID: ProjectID?
    var revision: UInt64 = 0
    /// The state of `revision`, shared with the table.
    var state: [UInt8] = []

    init(ticket: StoreTicket, accepted: AcceptedEnvelope, machine: EnvelopeFlowStateMachine) {
        self.ticket = ticket
        self.machine = machine
        id = accepted.id
        meta = accepted.meta
        sentAt = accepted.sentAt
        receivedAt = accepted.receivedAt
        processingSince = accepted.receivedAt
        envelope = accepted.envelope
    }

    /// The event id for logs.
    var eventText: String { (id ?? envelope.header.eventID)?.description ?? "none" }

    /// The envelope with the items that are left.
    var remaining: Envelope {
        if machine.itemsLeft == envelope.items.count { return envelope }
        let left = envelope.items.indices.filter { machine.isLeft($0) }
        return Envelope(header: envelope.header, items: left.map { envelope.items[$0] })
    }

    /// What a processor needs to work on an item.
    func processEvent(item: Int, kind: EventItemKind) -> ProcessEvent {
        ProcessEvent(
            revision: revision, kind: kind, eventID: id ?? envelope.header.eventID ?? .random(),
            meta: meta, sentAt: sentAt, payload: envelope.items[item].payload,
            attributes: attributes(of: envelope.items[item], kind))
    }

    /// What rules of attachments select by.
    private func attributes(of item: EnvelopeItem, _ kind: EventItemKind) -> [UInt8] {
        guard kind == .attachment || kind == .minidump, let name = item.filename else { return [] }
        return JSONHeader.setting([("filename", .string(name))], in: [])
    }

    /// Takes over what a processor made of an item.
    func apply(_ answer: EventProcessed, to item: Int) {
        envelope.items[item].payload = answer.payload[...]
        let type = ItemType(processed: envelope.items[item].type, eventType: answer.eventType)
        if type != envelope.items[item].type {
            envelope.items[item].set([
                ("type", .string(type.name)), ("content_type", .string("application/json")),
            ])
        }
    }
}

extension ItemType {
    /// The type of an item after processing: the event itself states what it is, and raw reports
    /// have become events.
    init(processed original: ItemType, eventType: String) {
        switch original {
        case .event, .transaction, .security, .rawSecurity:
            switch eventType {
            case "transaction": self = .transaction
            case "csp", "hpkp", "expectct", "expectstaple": self = .security
            case "nel": self = .nel
            case "feedback": self = .feedback
            default: self = original == .rawSecurity ? .security : .event
            }
        default: self = original
        }
    }
}
