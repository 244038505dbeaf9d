import Glibc

/// What filters have to know of a user agent.
struct UserAgentVerdict {
    var isCrawler = false
    /// Only if rules for browsers were there.
    var browser: (family: LegacyBrowserFilter.Family, major: Int32)?
    var isBrowserRead = false
}

/// Verdicts on user agents that were seen lately: to recognise a browser takes hundreds of regular
/// expressions. Of fixed size; a later text takes the place of an earlier one.
struct UserAgentCache {
    private static let slotCount = 1024
    /// Longer texts are not kept.
    private static let bytesMax = 512

    private struct Slot {
        var bytes: [UInt8] = []
        var verdict = UserAgentVerdict()
    }

    private var slots = [Slot](repeating: Slot(), count: slotCount)
    private let seed = UInt64.random(in: .min ... .max)

    /// The verdict on a user agent.
    mutating func verdict(
        _ agent: Text, needsBrowser: Bool, _ reader: UserAgentReader?
    ) -> UserAgentVerdict {
        guard agent.count <= Self.bytesMax, !agent.isEmpty else {
            return Self.judge(agent, needsBrowser, reader)
        }
        let index = Int(truncatingIfNeeded: hash(agent) & UInt64(Self.slotCount - 1))
        let isKnown = slots[index].bytes.withUnsafeBytes {
            $0.count == agent.count && same($0, agent)
        }
        if isKnown, slots[index].verdict.isBrowserRead || !needsBrowser {
            return slots[index].verdict
        }
        let verdict = Self.judge(agent, needsBrowser, reader)
        slots[index] = Slot(bytes: Array(agent), verdict: verdict)
        return verdict
    }

    private static func judge(
        _ agent: Text, _ needsBrowser: Bool, _ reader: UserAgentReader?
    ) -> UserAgentVerdict {
        var verdict = UserAgentVerdict(isCrawler: WebCrawlerFilter.isCrawler(agent))
        guard needsBrowser, let reader else { return verdict }
        verdict.isBrowserRead = true
        guard let product = reader.browser(agent),
            let family = LegacyBrowserFilter.Family(named: product.family),
            let major = product.version.first.flatMap({ Int32($0) })
        else { return verdict }
        verdict.browser = (family, major)
        return verdict
    }

    @inline(__always)
    private func same(_ left: Text, _ right: Text) -> Bool {
        guard let first = left.baseAddress, let second = right.baseAddress else { return false }
        return memcmp(first, second, left.count) == 0
    }

    /// Mixes eight bytes at a time.
    private func hash(_ text: Text) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: text.count)
        var index = 0
        while index + 8 <= text.count {
            state =
                (state ^ text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                &* 0x9E37_79B9_7F4A_7C15
            state ^= state &>> 32
            index += 8
        }
        while index < text.count {
            state = (state ^ UInt64(text[index])) &* 0x9E37_79B9_7F4A_7C15
            index += 1
        }
        return state ^ state &>> 29
    }
}
