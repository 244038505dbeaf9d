/// A glob as a list of steps that are followed in parallel, so that the time is at most steps times
/// characters, whatever the pattern.
struct GlobMachine: Sendable {
    private enum Step: Sendable {
        case scalar(UInt32)
        case any
        case oneOf(GlobClass)
        case jump(Int)
        case fork(Int, Int)
        case match
    }

    private var steps: [Step] = []

    init(_ tokens: [GlobToken]) {
        add(tokens)
        steps.append(.match)
    }

    private mutating func add(_ tokens: [GlobToken]) {
        for token in tokens {
            switch token {
            case .literal(let scalars): steps += scalars.map { .scalar($0) }
            case .any: steps.append(.any)
            case .oneOf(let members): steps.append(.oneOf(members))
            case .wildcard:
                let start = steps.count
                steps += [.fork(start + 1, start + 3), .any, .jump(start)]
            case .alternates(let branches): add(branches: branches)
            }
        }
    }

    private mutating func add(branches: [[GlobToken]]) {
        var ends: [Int] = []
        for (index, branch) in branches.enumerated() {
            let isLast = index == branches.count - 1
            let start = steps.count
            if !isLast { steps.append(.fork(start + 1, 0)) }
            add(branch)
            if !isLast {
                ends.append(steps.count)
                steps.append(.jump(0))
                steps[start] = .fork(start + 1, steps.count)
            }
        }
        for end in ends { steps[end] = .jump(steps.count) }
    }

    /// Whether the whole text matches. `text` is in its own case.
    func matches(_ text: some Sequence<UInt32>) -> Bool {
        var current = StepSet(count: steps.count)
        var following = StepSet(count: steps.count)
        enter(0, &current)
        for scalar in text {
            if current.members.isEmpty { return false }
            following.removeAll()
            let lower = GlobCase.lower(scalar).map(\.value)
            for (index, part) in lower.enumerated() {
                let isLast = index == lower.count - 1
                advance(current, &following, part, original: lower.count == 1 ? scalar : nil)
                if !isLast {
                    swap(&current, &following)
                    following.removeAll()
                }
            }
            swap(&current, &following)
        }
        return current.members.contains { if case .match = steps[$0] { true } else { false } }
    }

    private func advance(
        _ current: StepSet, _ following: inout StepSet, _ lower: UInt32, original: UInt32?
    ) {
        for index in current.members {
            switch steps[index] {
            case .scalar(let wanted): if wanted == lower { enter(index + 1, &following) }
            case .any: enter(index + 1, &following)
            case .oneOf(let members):
                if members.contains(original ?? lower) { enter(index + 1, &following) }
            case .jump, .fork, .match: continue
            }
        }
    }

    /// Adds a step and those that are reached from it without a character.
    private func enter(_ start: Int, _ set: inout StepSet) {
        var pending = [start]
        while let index = pending.popLast() {
            guard set.insert(index) else { continue }
            switch steps[index] {
            case .jump(let target): pending.append(target)
            case .fork(let first, let second):
                pending.append(second)
                pending.append(first)
            default: continue
            }
        }
    }
}

private struct StepSet {
    var members: [Int] = []
    private var isMember: [Bool]

    init(count: Int) {
        isMember = [Bool](repeating: false, count: count)
    }

    mutating func insert(_ index: Int) -> Bool {
        if isMember[index] { return false }
        isMember[index] = true
        members.append(index)
        return true
    }

    mutating func removeAll() {
        for index in members { isMember[index] = false }
        members.removeAll(keepingCapacity: true)
    }
}
