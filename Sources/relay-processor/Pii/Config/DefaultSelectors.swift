/// The selectors that `datascrubbingSettings` stand for.
enum DefaultSelectors {
    static let values = "($string || $number || $array || $object)"

    /// Fields that the general rules must leave alone.
    static let exceptions = """
        !(debug_meta.** || $frame.filename || $frame.abs_path || $logentry.formatted || \
        $error.value || $http.headers.user-agent)
        """

    /// Fields that hold the user's address.
    static let addresses = """
        $http.env.REMOTE_ADDR || $user.ip_address || $sdk.client_ip || \
        $span.sentry_tags.'user.ip' || attributes.'client.address'
        """

    /// Long texts: only what is certain is redacted there.
    static let freeText: String = {
        let generated = [
            "gen_ai.input.messages", "gen_ai.prompt", "gen_ai.request.messages",
            "gen_ai.tool.call.arguments", "gen_ai.tool.input", "gen_ai.tool.call.result",
            "gen_ai.tool.output", "gen_ai.output.messages", "gen_ai.response.tool_calls",
            "gen_ai.response.text", "gen_ai.response.object", "gen_ai.tool.definitions",
            "gen_ai.request.available_tools", "gen_ai.tool.name", "mcp.prompt.result",
            "mcp.tool.result.content",
        ]
        let spans = generated.flatMap { ["$span.data.'\($0)'", "attributes.'\($0)'.value"] }
        return (["$logentry.formatted", "$log.body"] + spans).joined(separator: " || ")
    }()

    /// Values of cookies that identify a session, parsed or as attributes.
    static let cookieValues: String = SensitiveCookies.names.flatMap { name in
        [
            "*.cookies.\(SelectorItem.quoted(Array("\(name)".utf8)))",
            "*.'http.request.header.cookie.\(name)'",
            "*.'http.response.header.set-cookie.\(name)'",
        ]
    }.joined(separator: " || ")

    /// Whole cookie headers.
    static let cookieHeaders = """
        *.'http.request.header.cookie'.* || *.'http.request.header.cookie' || \
        *.'http.response.header.set-cookie'.* || *.'http.response.header.set-cookie'
        """
}
