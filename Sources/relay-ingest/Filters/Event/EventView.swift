/// UTF-8 of a text; valid during one decision.
typealias Text = UnsafeRawBufferPointer

/// The quick reader cannot say what normalising would make of a field.
struct Unsure: Error {}

/// Type and message of an exception as normalising leaves them.
struct ExceptionText {
    var type: Text?
    var value: Text?
}

/// What conditions compare.
enum FieldValue {
    /// There is no such field, or it is null.
    case none
    case text(Text)
    case bool(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    case double(Double)
    /// A UUID in 32 lower case digits.
    case uuid([UInt8])
    /// Lists, objects: something that equals nothing.
    case other
}

/// An event as it would be after normalisation, as far as filters look at it.
protocol EventView {
    func isTransaction() throws(Unsure) -> Bool
    /// `blocked_uri` and `source_file` of a content security policy report; nil for other events.
    func policyReport() throws(Unsure) -> (blocked: Text?, source: Text?)?
    func release() throws(Unsure) -> Text?
    func transaction() throws(Unsure) -> Text?
    /// The formatted message, else the plain one.
    func message() throws(Unsure) -> Text?
    func exceptionCount() throws(Unsure) -> Int
    /// nil for an exception that normalising refuses.
    func exception(_ index: Int) throws(Unsure) -> ExceptionText?
    /// Path of the last frame of the first exception that is not anonymous.
    func firstExceptionSource() throws(Unsure) -> Text?
    /// Whether user, URL or headers of the request say that it came from the same machine.
    func isLocal() throws(Unsure) -> Bool
    func userAgent() throws(Unsure) -> Text?
    /// A field that only conditions use.
    func value(_ field: ConditionField) throws(Unsure) -> FieldValue
}
