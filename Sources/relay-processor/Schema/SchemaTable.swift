/// The declaration of every field of the event protocol, one table per area (see the +files).
///
///     record Frame "frame" value=frame          an object: name, text of its type error, selector
///       function string max=symbol skip=empty     kind; then one line per field: name and type
///
/// Record words: `value=` selector kind, `other=` PII attribute of unknown keys (default no),
/// `closed` unknown keys are dropped when read, `retain` they survive normalisation, `context=`
/// the context type that selects the record, `attributes` conventions say what its keys hold.
/// Types: a `FieldKind`, a record's name, `[T]`, `{T}`, `values<T>`.
/// Field words: `pii=`, `max=` (characters), `bag=` (free-form size), `skip=` (when it is left
/// out), `required`, `nonempty`, `trim`, `plain`, `name` and `oneLine` (which characters), `untrimmed`, `keepNull`, `alias=` (an older name).
///
/// The meaning of each word: `FieldRule`. What the protocol says was measured against the
/// reference implementation (docs/CONFORMANCE.md).
enum SchemaTable {
    /// Characters kept, and how many more are tolerated.
    static let characters: [String: (max: UInt16, allowance: UInt16)] = [
        "hash": (128, 0), "enumlike": (128, 0), "summary": (1024, 100), "message": (8192, 200),
        "symbol": (256, 20), "path": (256, 40), "shortPath": (128, 20), "logger": (64, 0),
        "email": (75, 0), "culprit": (200, 0), "tagKey": (200, 0), "tagValue": (200, 0),
        "environment": (64, 0), "countryCode": (102, 1000), "frameSymbol": (512, 20),
    ]

    static let bags: [String: BagSize] = [
        "small": BagSize(depthMax: 3, bytesMax: 1024),
        "medium": BagSize(depthMax: 5, bytesMax: 2048),
        "large": BagSize(depthMax: 7, bytesMax: 8192),
        "context": BagSize(depthMax: 7, bytesMax: 8192),
        "flags": BagSize(depthMax: 7, bytesMax: 1 << 40),
        "larger": BagSize(depthMax: 7, bytesMax: 16384),
        "massive": BagSize(depthMax: 7, bytesMax: 262_144),
    ]

    static let valueTypes: [String: ValueTypes] = [
        "event": .event, "exception": .exception, "error": .error, "stacktrace": .stacktrace,
        "frame": .frame, "request": .request, "user": .user, "logentry": .logEntry,
        "message": .message, "thread": .thread, "breadcrumb": .breadcrumb, "span": .span,
        "sdk": .sdk,
    ]
}
