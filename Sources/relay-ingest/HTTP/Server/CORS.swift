/// Cross-origin access: any web page may send events and read the answers. Which pages may do so for
/// a project is decided by the project's allowed domains, not here.
enum CORS {
    /// Header lines of each ingestion answer, each with its line break before it.
    static let answerHeaders: StaticString = """
        \r\naccess-control-allow-origin: *\
        \r\naccess-control-expose-headers: x-sentry-error,x-sentry-rate-limits,retry-after\
        \r\ncross-origin-resource-policy: cross-origin
        """

    /// Request headers that a page may set; the original's list.
    static let allowedHeaders =
        "x-sentry-auth,x-requested-with,x-forwarded-for,origin,referer,accept,content-type,"
        + "authentication,authorization,content-encoding,transfer-encoding"

    /// The answer to a preflight of an ingestion route.
    static let preflight = Answer(
        status: 200,
        headers: [
            (name: "access-control-allow-methods", value: "POST"),
            (name: "access-control-allow-headers", value: allowedHeaders),
            (name: "access-control-max-age", value: "3600"),
            (
                name: "vary",
                value: "origin, access-control-request-method, access-control-request-headers"
            ),
        ],
        isCORS: true)
}
