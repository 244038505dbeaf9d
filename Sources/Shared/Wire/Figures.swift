import Model

/// One figure of relay-projects, for the metrics that relay-ingest shows.
public struct StatusFigure: Hashable, Sendable {
    /// What it is; the code on the wire.
    public enum Kind: UInt8, Sendable {
        /// Only grows, since the start of the process.
        case counter = 1
        /// What is now.
        case gauge = 2
    }

    public var kind: Kind
    public var name: String
    public var value: UInt64

    /// A figure from its parts.
    public init(kind: Kind, name: String, value: UInt64) {
        self.kind = kind
        self.name = name
        self.value = value
    }
}

/// Rules and selectors of a project's scrubbing configuration that cannot be used.
public struct ScrubbingProblems: Hashable, Sendable {
    /// One of them.
    public struct Problem: Hashable, Sendable {
        /// Where it stands in the configuration.
        public var place: String
        public var reason: String

        /// A problem from its parts.
        public init(place: String, reason: String) {
            self.place = place
            self.reason = reason
        }
    }

    /// The first of them, at most `WireLimits.problemsMax`.
    public var named: [Problem]
    /// How many there are.
    public var count: UInt32

    /// Problems from their parts.
    public init(named: [Problem], count: UInt32) {
        self.named = named
        self.count = count
    }
}

extension WireWriter {
    /// An optional field with figures; nothing for none.
    mutating func optional(_ tag: UInt16, _ figures: [StatusFigure]) {
        guard !figures.isEmpty else { return }
        let figures = figures.prefix(WireLimits.figuresMax)
        optional(tag) { writer in
            writer.integer(UInt16(figures.count))
            for figure in figures {
                writer.integer(figure.kind.rawValue)
                writer.shortText(figure.name, bytesMax: WireLimits.figureNameBytesMax)
                writer.integer(figure.value)
            }
        }
    }

    /// An optional field with problems; nothing for nil.
    mutating func optional(_ tag: UInt16, _ problems: ScrubbingProblems?) {
        guard let problems else { return }
        let named = problems.named.prefix(WireLimits.problemsMax)
        optional(tag) { writer in
            writer.integer(problems.count)
            writer.integer(UInt16(named.count))
            for problem in named {
                writer.shortText(problem.place, bytesMax: WireLimits.problemTextBytesMax)
                writer.shortText(problem.reason, bytesMax: WireLimits.problemTextBytesMax)
            }
        }
    }
}

extension OptionalField {
    /// Figures; those of an unknown kind are left out.
    func figures() throws(WireError) -> [StatusFigure] {
        var reader = WireReader(bytes)
        let count = try reader.count("figures", max: WireLimits.figuresMax, bytesEach: 11)
        var figures: [StatusFigure] = []
        figures.reserveCapacity(count)
        for _ in 0..<count {
            let kind = StatusFigure.Kind(rawValue: try reader.integer("kind"))
            let name = try reader.shortText("name", bytesMax: WireLimits.figureNameBytesMax)
            let value: UInt64 = try reader.integer("value")
            if let kind { figures.append(StatusFigure(kind: kind, name: name, value: value)) }
        }
        guard reader.bytesLeft == 0 else { throw .bytesLeftOver(reader.bytesLeft) }
        return figures
    }

    /// Problems of a scrubbing configuration.
    func problems() throws(WireError) -> ScrubbingProblems {
        var reader = WireReader(bytes)
        var problems = ScrubbingProblems(named: [], count: try reader.integer("count"))
        let count = try reader.count("problems", max: WireLimits.problemsMax, bytesEach: 4)
        problems.named.reserveCapacity(count)
        for _ in 0..<count {
            let textMax = WireLimits.problemTextBytesMax
            let place = try reader.shortText("place", bytesMax: textMax)
            let reason = try reader.shortText("reason", bytesMax: textMax)
            problems.named.append(.init(place: place, reason: reason))
        }
        guard reader.bytesLeft == 0 else { throw .bytesLeftOver(reader.bytesLeft) }
        return problems
    }
}
