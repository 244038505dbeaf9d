import ArgumentParser
import Config
import Glibc
import JSON
import Model
import RelayProcessor
import Service

/// `relay process-event`
struct ProcessEventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process-event",
        abstract: "Processes an event from standard input and prints the result.",
        discussion: """
            It runs the code of relay-processor. With --ndjson every line of the input is an event
            and gives exactly one line of output, in order; an event that is refused gives
            {"rejected":"<reason>","detail":"…"}. Without it a refused event ends with status 1.
            """)

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Normalise the event as a relay does before it stores it.")
    var store = false
    @Option(
        help: ArgumentHelp(
            "What normalisation knows of the request, as JSON; implies --store.",
            valueName: "file"))
    var storeConfig: String?
    @Option(
        help: ArgumentHelp("The sender's address; implies --store.", valueName: "address"))
    var clientIP: String?
    @Option(help: ArgumentHelp("The sender's user agent; implies --store.", valueName: "text"))
    var userAgent: String?
    @Option(
        help: ArgumentHelp(
            "Strip personal data by this piiConfig (JSON).", valueName: "file"))
    var piiConfig: String?
    @Option(
        help: ArgumentHelp(
            "Strip personal data as this project state says (JSON).", valueName: "file"))
    var projectConfig: String?
    @Flag(help: "One event per line.")
    var ndjson = false
    @Flag(
        help: """
            Every line begins with a piiConfig of its own: JSON without line breaks, a tab, the event; \
            for comparing many configurations.
            """)
    var configPerLine = false
    @Flag(help: "Print the event indented.")
    var pretty = false

    /// Largest event; more is refused.
    static let eventBytesMax = 32 << 20

    func validate() throws {
        if ndjson, pretty {
            throw ValidationError("--pretty prints many lines per event; it excludes --ndjson")
        }
        if configPerLine, !ndjson {
            throw ValidationError("--config-per-line needs --ndjson")
        }
        if let clientIP, IPAddress(clientIP) == nil {
            throw ValidationError("--client-ip: \"\(clientIP)\" is no IP address")
        }
    }

    func run() throws {
        ProcessProtection.forbidDumps()
        let scrubbing = try ScrubPrograms(piiConfig: piiConfig, projectConfig: projectConfig)
        scrubbing.report()
        let storeConfig = try storeConfig.map { path throws(CommandError) in
            (path, try JSONFile.read(path))
        }
        let transformation = EventTransformation(
            context: try context(storeConfig), geography: try Self.geography(storeConfig),
            programs: scrubbing.programs, isPretty: pretty)
        let input = InputReader(
            descriptor: STDIN_FILENO, lineBytesMax: Self.eventBytesMax)
        if ndjson {
            try Self.processLines(
                input, transformation, hasConfigurations: configPerLine, output: STDOUT_FILENO)
        } else {
            try processOne(input, transformation)
        }
    }

    private func processOne(
        _ input: InputReader, _ transformation: EventTransformation
    ) throws {
        let range = try input.wholeEvent()
        var output = OutputWriter(descriptor: STDOUT_FILENO)
        let result = input.buffer.withUnsafeBytes { raw in
            Result { () throws(EventTransformation.Refusal) -> [UInt8] in
                Array(try transformation.process(UnsafeRawBufferPointer(rebasing: raw[range])))
            }
        }
        switch result {
        case .success(let event):
            try output.append(event)
            try output.append("\n".utf8)
            try output.flush()
        case .failure(let refusal):
            throw CommandError("the event is rejected: \(refusal.reason): \(refusal.detail)")
        }
    }

    /// One line out per line in.
    static func processLines(
        _ input: InputReader, _ transformation: EventTransformation,
        hasConfigurations: Bool = false, output descriptor: Int32
    ) throws(CommandError) {
        try input.forEachEvent(output: descriptor) { range, output throws(CommandError) in
            try append(range, of: input, transformation, hasConfigurations, to: &output)
        }
    }

    private static func append(
        _ range: Range<Int>, of input: InputReader, _ transformation: EventTransformation,
        _ hasConfiguration: Bool, to output: inout OutputWriter
    ) throws(CommandError) {
        let result = input.buffer.withUnsafeBytes { raw in
            Result { () throws(EventTransformation.Refusal) -> UnsafeRawBufferPointer in
                let line = UnsafeRawBufferPointer(rebasing: raw[range])
                return hasConfiguration
                    ? try transformation.processWithConfiguration(line)
                    : try transformation.process(line)
            }
        }
        switch result {
        case .success(let event): try output.append(event)
        case .failure(let refusal): try output.append(refusal.json)
        }
    }

    /// What normalisation knows; nil when it is not asked for.
    private func context(
        _ storeConfig: (path: String, json: JSONValue)?
    ) throws(CommandError) -> NormalizationContext? {
        guard store || storeConfig != nil || clientIP != nil || userAgent != nil else { return nil }
        let now = SystemClock.wallMicroseconds()
        var context = NormalizationContext(receivedAtMicroseconds: now)
        if let storeConfig {
            do throws(StoreConfigError) {
                context = try NormalizationContext(
                    storeConfig: storeConfig.json, nowMicroseconds: now)
            } catch {
                throw CommandError("\(storeConfig.path): \(error)")
            }
        }
        if let clientIP {
            context.clientIP = clientIP
            context.infersClientIP = true
        }
        if let userAgent {
            context.userAgent = userAgent
            context.normalizeUserAgent = true
        }
        return context
    }
}

extension ProcessEventCommand {
    /// The database that `geoip_path` names; nil without one.
    static func geography(
        _ storeConfig: (path: String, json: JSONValue)?
    ) throws(CommandError) -> GeoDatabase? {
        guard let storeConfig, let value = storeConfig.json["geoip_path"], !value.isNull else {
            return nil
        }
        guard let path = value.stringValue else {
            throw CommandError("\(storeConfig.path): geoip_path is no text")
        }
        do throws(GeoDatabase.OpenError) {
            return try GeoDatabase(path: path)
        } catch {
            throw CommandError("\(storeConfig.path): geoip_path: \(error)")
        }
    }
}

/// JSON files that commands take.
enum JSONFile {
    static func read(_ path: String) throws(CommandError) -> JSONValue {
        let bytes: [UInt8]?
        do {
            bytes = try ConfigFile.read(path, bytesMax: 16 << 20)
        } catch {
            throw CommandError("\(error)")
        }
        guard let bytes else { throw CommandError("\(path): no such file") }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw CommandError("\(path): \(error)")
        }
    }
}
