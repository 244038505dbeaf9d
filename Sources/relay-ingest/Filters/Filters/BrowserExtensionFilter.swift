/// `browserExtensions`: errors that extensions of browsers and other injected code are known for.
struct BrowserExtensionFilter: Sendable {
    var isActive = false

    func matches(_ event: some EventView) throws(Unsure) -> Bool {
        guard isActive, try event.exceptionCount() > 0 else { return false }
        guard let first = try event.exception(0) else { return false }
        if let value = first.value, Self.messages.isFound(in: value) { return true }
        guard let source = try event.firstExceptionSource() else { return false }
        return Self.sources.isFound(in: source)
    }

    /// Parts of messages; the escaped character stands for any one.
    private static let messages = PhraseSet(
        [
            "top.GLOBALS",
            "originalCreateNotification",
            "canvas\u{1}contentDocument",
            "MyApp_RemoveAllHighlights",
            "http://tt.epicplay.com",
            "Can't find variable: ZiteReader",
            "jigsaw is not defined",
            "ComboSearch is not defined",
            "http://loading.retry.widdit.com/",
            "atomicFindClose",
            "fb_xd_fragment",
            "bmi_SafeAddOnload",
            "EBCallBackMessageReceived",
            "_gCrWeb",
            "conduitPage",
            "null is not an object (evaluating 'elt\u{1}parentNode')",
            "plugin.setSuspendState is not a function",
            "Extension context invalidated",
            "webkit-masked-url:",
            "can't access dead object",
            "Cannot redefine property: solana",
            "Cannot redefine property: ethereum",
            "Cannot redefine property: googletag",
            "undefined is not an object (evaluating 'a\u{1}L')",
        ].map { ($0, .anything) })

    /// Parts of file paths and URLs of code.
    private static let sources = PhraseSet(
        [
            "graph.facebook.com",
            "connect.facebook.net",
            "eatdifferent.com.woopra-ns.com",
            "static.woopra.com/js/woopra.js",
            "^chrome://",
            "^chrome-extension://",
            "^moz-extension://",
            "^safari-extension://",
            "^safari-web-extension://",
            "webkit-masked-url",
            "127.0.0.1:4001/isrunning",
            "webappstoolbarba.texthelp.com/",
            "metrics.itunes.apple.com.edgesuite.net/",
            "kaspersky-labs.com",
        ].map { ($0, .anything) })
}
