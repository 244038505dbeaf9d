/// Which matchers can find anything in a text, from one pass over its bytes, 16 at a time.
///
/// A set bit means "look"; a cleared one is exact. A matcher whose pattern accepts characters beyond
/// ASCII is always worth a look when there are any.
struct TextTraits: OptionSet {
    let rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    static let ipv4 = TextTraits(rawValue: 1 << 0)
    static let ipv6 = TextTraits(rawValue: 1 << 1)
    static let email = TextTraits(rawValue: 1 << 2)
    static let creditCard = TextTraits(rawValue: 1 << 3)
    static let iban = TextTraits(rawValue: 1 << 4)
    static let imei = TextTraits(rawValue: 1 << 5)
    static let mac = TextTraits(rawValue: 1 << 6)
    static let uuid = TextTraits(rawValue: 1 << 7)
    static let urlAuth = TextTraits(rawValue: 1 << 8)
    static let userPath = TextTraits(rawValue: 1 << 9)
    static let pemKey = TextTraits(rawValue: 1 << 10)
    static let usSsn = TextTraits(rawValue: 1 << 11)
    static let bearer = TextTraits(rawValue: 1 << 12)
    static let secretName = TextTraits(rawValue: 1 << 13)
    static let cookies = TextTraits(rawValue: 1 << 14)
    /// A NUL, which the matchers must not see.
    static let hasNUL = TextTraits(rawValue: 1 << 15)
    /// Patterns of the configuration and rules that redact anything.
    static let always = TextTraits(rawValue: 1 << 16)

    /// A byte beyond ASCII.
    static let nonASCII = TextTraits(rawValue: 1 << 17)

    private typealias Vector = SIMD16<UInt8>

    @inline(__always)
    private static func count(_ mask: SIMDMask<SIMD16<Int8>>, into counter: inout Vector) {
        counter &-= unsafeBitCast(mask, to: Vector.self)
    }

    @inline(__always)
    private static func sum(_ counter: Vector) -> Int {
        let words = unsafeBitCast(counter, to: SIMD2<UInt64>.self)
        return sumOfBytes(words[0]) + sumOfBytes(words[1])
    }

    @inline(__always)
    private static func sumOfBytes(_ word: UInt64) -> Int {
        let low = word & 0x00FF_00FF_00FF_00FF
        let high = (word >> 8) & 0x00FF_00FF_00FF_00FF
        return Int(((low &+ high) &* 0x0001_0001_0001_0001) >> 48)
    }

    private static let laneNumbers = Vector(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

    /// The traits of a text. 32 bytes behind its end must be readable.
    static func of(_ text: ScannedText) -> TextTraits {
        var counts = ClassCounts()
        var offset = 0
        while offset < text.count {
            let end = min(text.count, offset + 16 * 255)
            scan(text, from: offset, to: end, into: &counts)
            offset = end
        }
        return traits(counts, count: text.count, text)
    }

    private struct ClassCounts {
        var digits = 0
        var dashes = 0
        var colons = 0
        var dots = 0
        var separators = 0
        var uppers = 0
        var hasAt = false
        var hasSpace = false
        var hasEquals = false
        var hasHigh = false
        var hasNUL = false
        var hasSecretGram = false
        var hasBearerGram = false
    }

    @inline(__always)
    private static func vector(_ value: UInt8) -> Vector { Vector(repeating: value) }

    @inline(__always)
    private static func isAny(_ vector: Vector) -> Bool {
        let words = unsafeBitCast(vector, to: SIMD2<UInt64>.self)
        return words[0] | words[1] != 0
    }

    @inline(__always)
    private static func bytes(_ mask: SIMDMask<SIMD16<Int8>>) -> Vector {
        unsafeBitCast(mask, to: Vector.self)
    }

    private static func scan(
        _ text: ScannedText, from: Int, to end: Int, into counts: inout ClassCounts
    ) {
        let raw = UnsafeRawPointer(text.base)
        var digits = vector(0)
        var dashes = vector(0)
        var colons = vector(0)
        var dots = vector(0)
        var separators = vector(0)
        var uppers = vector(0)
        var ats = vector(0)
        var spaces = vector(0)
        var equals = vector(0)
        var highs = vector(0)
        var nuls = vector(0)
        var secrets = vector(0)
        var bearers = vector(0)
        var offset = from
        while offset < end {
            var v = raw.loadUnaligned(fromByteOffset: offset, as: Vector.self)
            let remaining = end - offset
            if remaining < 16 {
                // Lanes behind the end become `~`, which counts for nothing.
                let outside = laneNumbers .>= vector(UInt8(truncatingIfNeeded: remaining))
                v.replace(with: vector(0x7E), where: outside)
            }
            count((v &- vector(0x30)) .< vector(10), into: &digits)
            count((v &- vector(0x41)) .< vector(26), into: &uppers)
            count(v .== vector(0x2D), into: &dashes)
            count(v .== vector(0x3A), into: &colons)
            count(v .== vector(0x2E), into: &dots)
            let separator = (v .== vector(0x2F)) .| (v .== vector(0x5C))
            count(separator, into: &separators)
            ats |= bytes(v .== vector(0x40))
            spaces |= bytes(v .<= vector(0x20))
            equals |= bytes(v .== vector(0x3D))
            highs |= v
            nuls |= bytes(v .== vector(0))
            let a = v | vector(0x20)
            let b =
                raw.loadUnaligned(fromByteOffset: offset + 1, as: Vector.self) | vector(0x20)
            let c =
                raw.loadUnaligned(fromByteOffset: offset + 2, as: Vector.self) | vector(0x20)
            let be = bytes(b .== vector(0x65))
            let ke = bytes(a .== vector(0x6B)) & be
            let sw = bytes((a .== vector(0x73)) .& (b .== vector(0x77)))
            let cr = bytes((a .== vector(0x63)) .& (b .== vector(0x72))) & bytes(c .== vector(0x65))
            let ut =
                bytes((a .== vector(0x75)) .& (b .== vector(0x74)))
                & bytes(c .== vector(0x68))
            let ap =
                bytes((a .== vector(0x61)) .& (b .== vector(0x70)))
                & bytes(c .== vector(0x69))
            let iv =
                bytes((a .== vector(0x69)) .& (b .== vector(0x76)))
                & bytes(c .== vector(0x61))
            let ys =
                bytes((a .== vector(0x79)) .& (b .== vector(0x73)))
                & bytes(c .== vector(0x71))
            let tok = ke & bytes(c .== vector(0x6E))
            secrets |= tok | sw | cr | ut | ap | iv | ys
            bearers |= bytes(a .== vector(0x62)) & be & bytes(c .== vector(0x61))
            offset += 16
        }
        counts.digits += sum(digits)
        counts.dashes += sum(dashes)
        counts.colons += sum(colons)
        counts.dots += sum(dots)
        counts.separators += sum(separators)
        counts.uppers += sum(uppers)
        counts.hasAt = counts.hasAt || isAny(ats)
        counts.hasSpace = counts.hasSpace || isAny(spaces)
        counts.hasEquals = counts.hasEquals || isAny(equals)
        counts.hasHigh = counts.hasHigh || isAny(highs & vector(0x80))
        counts.hasNUL = counts.hasNUL || isAny(nuls)
        counts.hasSecretGram = counts.hasSecretGram || isAny(secrets)
        counts.hasBearerGram = counts.hasBearerGram || isAny(bearers)
    }

    private static func traits(
        _ counts: ClassCounts, count: Int, _ text: ScannedText
    ) -> TextTraits {
        var traits: TextTraits = .always
        let high = counts.hasHigh
        if counts.digits >= 4, counts.dots >= 3 { traits.insert(.ipv4) }
        if counts.colons >= 2 { traits.insert(.ipv6) }
        if counts.hasAt {
            if counts.dots >= 1 { traits.insert(.email) }
            if counts.separators >= 2 { traits.insert(.urlAuth) }
        }
        if counts.digits >= 15 || high {
            traits.insert(.creditCard)
            traits.insert(.imei)
        }
        if counts.uppers >= 2, counts.digits >= 2 || high, count >= 15 { traits.insert(.iban) }
        if counts.dashes + counts.colons >= 5, count >= 17 { traits.insert(.mac) }
        if count >= 32 { traits.insert(.uuid) }
        if counts.dashes >= 20 { traits.insert(.pemKey) }
        if counts.dashes >= 2, counts.digits >= 9 { traits.insert(.usSsn) }
        if counts.hasBearerGram, counts.hasSpace || high { traits.insert(.bearer) }
        if counts.hasSecretGram || high || isShortSecret(text) { traits.insert(.secretName) }
        if counts.separators >= 1 { traits.insert(.userPath) }
        if counts.hasEquals { traits.insert(.cookies) }
        if high { traits.insert(.nonASCII) }
        if counts.hasNUL { traits.insert(.hasNUL) }
        return traits
    }

    /// `otp` and `two_factor` count only as whole texts.
    @inline(__always)
    private static func isShortSecret(_ text: ScannedText) -> Bool {
        text.count == 3 && text[0] | 0x20 == 0x6F || text.count == 10 && text[0] | 0x20 == 0x74
    }
}
