/// A condition of a generic filter.
indirect enum RuleCondition: Sendable {
    enum Comparison: String, Sendable {
        case greater = "gt"
        case greaterOrEqual = "gte"
        case less = "lt"
        case lessOrEqual = "lte"
        case equal = "eq"

        func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
            switch self {
            case .greater: left > right
            case .greaterOrEqual: left >= right
            case .less: left < right
            case .lessOrEqual: left <= right
            case .equal: left == right
            }
        }
    }

    /// What a field is compared with.
    enum Operand: Sendable {
        case null
        case bool(Bool)
        case signed(Int64)
        case unsigned(UInt64)
        case double(Double)
        case text([UInt8])
        /// The texts of a list; other values in it match nothing.
        case texts([[UInt8]])
        case object
    }

    case equal(ConditionField, Operand, ignoresCase: Bool)
    case compare(ConditionField, Comparison, Operand)
    case glob(ConditionField, GlobList)
    case networks(ConditionField, [IPNetwork])
    case release(ConditionField, Comparison, ReleaseVersion)
    case all([RuleCondition])
    case any([RuleCondition])
    case not(RuleCondition)
    /// Whether an element of a list matches.
    case anyElement(isExceptions: Bool, RuleCondition)
    case allElements(isExceptions: Bool, RuleCondition)
    /// An operator that is not known, which matches nothing.
    case unsupported
}

/// Decides conditions on one event.
struct ConditionMatcher {
    /// The exception that is looked at within `any` and `all`.
    private var exception: ExceptionText?
    /// Whether an exception is looked at.
    private var isElement = false

    func matches<View: EventView>(
        _ condition: RuleCondition, _ event: View, _ scratch: inout [UInt8]
    ) throws(Unsure) -> Bool {
        switch condition {
        case .equal(let field, let operand, let ignoresCase):
            return ValueComparison.equals(
                try value(field, event), operand, ignoresCase: ignoresCase)
        case .compare(let field, let comparison, let operand):
            return ValueComparison.compare(try value(field, event), comparison, operand)
        case .glob(let field, let globs):
            guard case .text(let text) = try value(field, event) else { return false }
            return globs.matches(text, &scratch)
        case .networks(let field, let networks):
            guard case .text(let text) = try value(field, event),
                let address = IPAddress(String(decoding: text, as: UTF8.self))
            else { return false }
            return networks.contains { $0.contains(address) }
        case .release(let field, let comparison, let version):
            guard case .text(let text) = try value(field, event),
                let other = SentryRelease.comparable(String(decoding: text, as: UTF8.self))
            else { return false }
            return comparison.holds(other, version)
        case .all(let inner):
            for condition in inner where try !matches(condition, event, &scratch) { return false }
            return true
        case .any(let inner):
            for condition in inner where try matches(condition, event, &scratch) { return true }
            return false
        case .not(let inner): return try !matches(inner, event, &scratch)
        case .anyElement(let isExceptions, let inner):
            return try isElementFound(isExceptions, inner, event, true, &scratch)
        case .allElements(let isExceptions, let inner):
            // Without the list there is nothing to hold for all of.
            guard try elements(isExceptions, event) != nil else { return false }
            return try !isElementFound(isExceptions, inner, event, false, &scratch)
        case .unsupported: return false
        }
    }

    private func value(
        _ field: ConditionField, _ event: some EventView
    ) throws(Unsure) -> FieldValue {
        guard isElement else { return try event.value(field) }
        switch field {
        case .exceptionType: return exception?.type.map { .text($0) } ?? .none
        case .exceptionValue: return exception?.value.map { .text($0) } ?? .none
        default: return .none
        }
    }

    /// The number of exceptions; nil if there are none to ask here.
    private func elements(
        _ isExceptions: Bool, _ event: some EventView
    ) throws(Unsure) -> Int? {
        guard isExceptions, !isElement else { return nil }
        let count = try event.exceptionCount()
        return count == 0 ? nil : count
    }

    /// Whether the condition is `wanted` for any exception.
    private func isElementFound(
        _ isExceptions: Bool, _ inner: RuleCondition, _ event: some EventView, _ wanted: Bool,
        _ scratch: inout [UInt8]
    ) throws(Unsure) -> Bool {
        guard let count = try elements(isExceptions, event) else { return false }
        for index in 0..<count {
            // A refused exception has no value to look at and is passed over.
            guard let exception = try event.exception(index) else { continue }
            var matcher = self
            matcher.exception = exception
            matcher.isElement = true
            if try matcher.matches(inner, event, &scratch) == wanted { return true }
        }
        return false
    }
}

/// Comparisons of fields with what a condition states.
enum ValueComparison {
    static func equals(
        _ value: FieldValue, _ operand: RuleCondition.Operand, ignoresCase: Bool
    ) -> Bool {
        switch (value, operand) {
        case (.none, .null): true
        case (.text(let text), .text(let other)): isSame(text, other, ignoresCase)
        case (.text(let text), .texts(let others)):
            others.contains { isSame(text, $0, ignoresCase) }
        case (.uuid(let digits), .text(let other)): UUIDDigits.read(other) == digits
        case (.bool(let value), .bool(let other)): value == other
        default: false
        }
    }

    private static func isSame(_ text: Text, _ other: [UInt8], _ ignoresCase: Bool) -> Bool {
        if !ignoresCase { return ASCIIText.equals(text, other) }
        let isASCII = other.withUnsafeBytes { ASCIIText.isASCII($0) } && ASCIIText.isASCII(text)
        guard isASCII else { return folded(text) == folded(other) }
        guard text.count == other.count else { return false }
        for index in 0..<text.count
        where ASCIIText.lower(text[index]) != ASCIIText.lower(other[index]) {
            return false
        }
        return true
    }

    /// Characters without their case.
    private static func folded(_ text: some Sequence<UInt8> & Collection) -> [UInt32] {
        String(decoding: text, as: UTF8.self).uppercased().lowercased().unicodeScalars
            .map { $0 == "ς" ? 0x3C3 : $0.value }
    }

    static func compare(
        _ value: FieldValue, _ comparison: RuleCondition.Comparison,
        _ operand: RuleCondition.Operand
    ) -> Bool {
        if let left = signed(value), let right = signed(operand) {
            return comparison.holds(left, right)
        }
        if let left = unsigned(value), let right = unsigned(operand) {
            return comparison.holds(left, right)
        }
        if let left = double(value), let right = double(operand) {
            return comparison.holds(left, right)
        }
        guard case .text(let text) = value, case .text(let other) = operand else { return false }
        let isLess = text.lexicographicallyPrecedes(other)
        let order = isLess ? -1 : ASCIIText.equals(text, other) ? 0 : 1
        return comparison.holds(order, 0)
    }

    private static func signed(_ value: FieldValue) -> Int64? {
        switch value {
        case .signed(let number): number
        case .unsigned(let number): Int64(exactly: number)
        default: nil
        }
    }

    private static func signed(_ operand: RuleCondition.Operand) -> Int64? {
        switch operand {
        case .signed(let number): number
        case .unsigned(let number): Int64(exactly: number)
        default: nil
        }
    }

    private static func unsigned(_ value: FieldValue) -> UInt64? {
        switch value {
        case .signed(let number): UInt64(exactly: number)
        case .unsigned(let number): number
        default: nil
        }
    }

    private static func unsigned(_ operand: RuleCondition.Operand) -> UInt64? {
        switch operand {
        case .signed(let number): UInt64(exactly: number)
        case .unsigned(let number): number
        default: nil
        }
    }

    private static func double(_ value: FieldValue) -> Double? {
        switch value {
        case .signed(let number): Double(number)
        case .unsigned(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    private static func double(_ operand: RuleCondition.Operand) -> Double? {
        switch operand {
        case .signed(let number): Double(number)
        case .unsigned(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
