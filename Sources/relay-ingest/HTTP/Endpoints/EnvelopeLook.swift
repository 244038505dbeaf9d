import Config
import Model

/// Looks at an envelope while its bytes come or are decompressed: what its headers say, and how long
/// payloads have become, is held against the limits at once. So an envelope that will be refused is
/// not kept, nor decompressed, to its end.
struct EnvelopeLook {
    private var prefix: EnvelopePrefix
    private var tally: ItemTally

    init(_ limits: RelayConfig.Limits) {
        prefix = EnvelopePrefix(limits: EnvelopeLimits(itemsMax: limits.maxItemCount))
        tally = ItemTally(limits)
    }

    /// Bytes the envelope has at least, according to its headers.
    var bytesMin: Int { prefix.bytesMin }

    /// Why the envelope is refused, as far as can be told.
    /// - Parameter bytes: the envelope as far as it is there: those of the last call, and more.
    mutating func refusal(_ bytes: [UInt8]) -> SubmissionRefusal? {
        do throws(EnvelopeError) {
            while let next = try prefix.next(bytes) {
                if let excess = tally.add(next.item, payloadBytes: next.payloadBytes) {
                    return EnvelopeBody.refusal(excess)
                }
            }
        } catch {
            return EnvelopeBody.refusal(error)
        }
        guard let unfinished = prefix.unfinished else { return nil }
        var ahead = tally
        return ahead.add(unfinished.item, payloadBytes: unfinished.payloadBytes)
            .map { EnvelopeBody.refusal($0) }
    }
}
