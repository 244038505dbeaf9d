/// `webCrawlers`: search engines, monitors and other robots, by their user agent.
struct WebCrawlerFilter: Sendable {
    var isActive = false

    static func isCrawler(_ agent: Text) -> Bool {
        crawlers.isFound(in: agent) && !allowed.isFound(in: agent)
    }

    private static let crawlers = PhraseSet(
        [
            "Mediapartners-Google", "AdsBot-Google", "Googlebot", "FeedFetcher-Google",
            "Storebot-Google", "BingBot", "BingPreview", "Baiduspider", "Slurp", "Sogou",
            "facebook", "meta-", "ia_archiver", "Slack", "Calypso AppCrawler", "pingdom",
            "lyticsbot", "AWS Security Scanner", "HubSpot Crawler", "Bytespider", "Better Uptime",
            "Cloudflare-Healthchecks", "GTmetrix", "BrightEdgeOnCrawl", "ELB-HealthChecker",
            "naver\u{1}me/spd", "ClaudeBot", "CCBot", "OAI-SearchBot", "GPTBot", "PerplexityBot",
            "Applebot", "DuckDuckBot",
        ].map { ($0, .anything) } + [("bot", .endOfWord), ("spider", .endOfWord)])

    /// Robots that run pages on behalf of somebody who wants to see their errors.
    private static let allowed = PhraseSet([
        ("Slackbot 1.", .digit), ("SentryUptimeBot", .anything), ("ChatGPT-User", .anything),
    ])
}
