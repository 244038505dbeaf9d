"""Settings and events for filters.py: a grid over events, and generated cases that are built so that
filters nearly match, in all forms that events come in."""

import json
import random

AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/41.0.2228.0 "
    "Safari/537.36",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0; Trident/4.0)",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 7.1; Trident/5.0)",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0; ARM)",
    "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/7.0.32796/59.323; U; fr) Presto/2.12.423 Version/12.16",
    "Opera/9.80 (X11; Linux i686; Ubuntu/14.10) Presto/2.12.388 Version/12.16",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/28.0.1500.52 "
    "Safari/537.36 OPR/15.0.1147.100",
    "Mozilla/5.0 (Linux; U; Android 2.3.5; en-us; HTC Vision) AppleWebKit/533.1 (KHTML, like "
    "Gecko) Version/4.0 Mobile Safari/533.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_3) AppleWebKit/537.75.14 (KHTML, like Gecko) "
    "Version/7.0.3 Safari/7046A194A",
    "Mozilla/5.0 (Macintosh; U; Intel Mac OS X 1063; tr-DE) AppleWebKit/533.16 (KHTML like "
    "Gecko) Version/5.0 Safari/533.16",
    "Mozilla/5.0 (Windows NT 10.0; rv:109.0) Gecko/20100101 Firefox/110.0",
    "Mozilla/5.0 (Windows NT 10.0; rv:111.0) Gecko/20100101 Firefox/111.0",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
    "Safari/537.36 Edge/12.10136",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Slackbot 1.0(+https://api.slack.com/robots)", "Slack-ImgProxy 0.19", "my robots",
    "abots;", "bot\u00a0x", "\u017flurp", "bots", "Better\u2003Uptime Bot", "python-requests/2.0",
    "ChatGPT-User/1.0 GPTBot", "naver.me/spd", "naver\nme/spd", "", "aspider)", "spiderman",
]
MESSAGES = [
    "ChunkLoadError: Loading chunk 175 failed.", "Hydration failed", "foo", "FOO\nbar", "a*b",
    "Uncaught (in promise): ChunkLoadError: Loading chunk 552 failed.", "top.GLOBALS", "x: y",
    "conduitPage is bad", "canvasXcontentDocument", "canvas\ncontentDocument", "a\u212alarm",
    "Extension context invalidated.", "Können wir \"das\"?", "100 % {0} %s", "[error] \\d", "",
    "TypeError: can't access dead object", "null is not an object (evaluating 'eltXparentNode')",
    "Stra\u00dfe", "\u0130stanbul", "\U0001f600 smile", " padded ", "Type:  two spaces",
]
PATTERNS = [
    "foo", "foo*", "*chunk*", "*Loading chunk *", "[a-f]*", "*[0-9]*failed.", "{foo,bar}*", "a\\*b",
    "*", "", "?oo", "[!f]oo", "*{chunk,hydration} *", "K\u00f6nnen*", "*stra\u00dfe", "[", "]x",
    "*: *", "type: *", "*error*", "?*?", "*\n*", "{a,b", "x{,y}", "*\u0130*", "1.[0-4].*", "*a*b*c*",
    "*\u212a*", "TypeError", "*is bad", "{,foo}", "[!]", "[a-", "[-a]x", "a,b", "{a,b,}c*",
]
RELEASES = ["1.2.3", "foo@1.4.2+abc", "latest", " 1.0 ", "a/b", "v2", 42, 1.5, True, None, "", "."]
URLS = [
    "http://localhost:3000/a", "http://foo.localhost/", "https://example.com/x?y#z", "localhost",
    "http://127.0.0.1", "http://[::1]:80/", "file:///tmp/a.html", "http://127.1/", "/path",
    "http://0x7f.1/", "http://localhost.com", "http://alocalhost", "HTTP://LOCALHOST/", "",
    "http://user@localhost/", "http://2130706433/", "app://localhost/x", "http://loc%61lhost/",
    "http://example.com:99999/", "http://localhost./", "about:blank", 7,
]
PATHS = [
    "https://connect.facebook.net/en_US/sdk.js", "chrome-extension://abc/x.js", "<anonymous>",
    "https://example.com/app.js", "[native code]", "webkit-masked-url://hidden/", "", None,
    "x chrome://", "CHROME://x", "moz-extension://a", "https://KASPERSKY-labs.com/",
]
NAMES = [
    "/health", "healthcheck", "/users/123/", "GET /api", "/a/0123456789abcdef0123456789abcdef",
    " /spaced ", "", None, "/v1/0xff/x",
]
ADDRESSES = ["127.0.0.1", "::1", "8.8.8.8", "{{auto}}", "nope", None, "2001:db8::1"]
OPTIONS = [
    "default", "ie_pre_9", "ie9", "ie10", "ie11", "opera_pre_15", "opera_mini_pre_8",
    "android_pre_4", "safari_pre_6", "edge_pre_79", "ie", "safari", "opera", "opera_mini",
    "android", "firefox", "chrome", "edge", "later",
]
SOURCES = [
    "http://evil.com", "*.evil.com", "https://*", "*:8080", "*", "about", "chrome-extension://*",
    "localhost", "*evil.com", "eval", "http://*.x.y:80",
]
BLOCKED = [
    "http://evil.com/x.js", "https://sub.evil.com:8080", "eval", "inline", "about", "data", None,
    "chrome-extension://abcd", "http://a.x.y:80/", "http://localhost:8000",
]

EVENT_FIELDS = [
    "event.level", "event.release", "event.environment", "event.transaction", "event.platform",
    "event.logger", "event.logentry.formatted", "event.logentry.message", "event.user.email",
    "event.user.id", "event.user.ip_address", "event.request.url", "event.request.method",
    "event.tags.custom", "event.tags.environment", "event.tags.server_name", "event.extra.a",
    "event.extra.a.b", "event.sdk.name", "event.dist", "event.request.headers.host",
    "event.contexts.os.name", "event.contexts.browser.name", "event.contexts.device.charging",
    "event.contexts.browser", "event.release.package", "event.release.build", "event.nope",
    "release", "event.release.version.short", "event.measurements.lcp.value", "event.duration",
    "event.contexts.trace.op", "event.transaction.source", "event.sentry_user",
]
VALUES = [
    "error", "info", "1.2.3", "prod", "python", "other", "foo", "Foo", 1, 2.5, 0, -3, True, False,
    None, ["foo", "PROD", 1], "a@b.c", "Chrome", "127.0.0.1", "custom-value", "",
    "default", "javascript", "5", {"a": 1}, "unknown", "/health", "csp", "csp-report",
]


class Cases:
    """A source of cases; the same seed gives the same ones."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, values):
        return self.random.choice(values)

    def some(self, values, most=4):
        return [self.pick(values) for _ in range(self.random.randint(0, most))]

    def chance(self, share):
        return self.random.random() < share

    # Settings

    def condition(self, depth=0, exception=False):
        ops = ["eq", "eq", "glob", "glob", "gt", "gte", "lt", "lte", "eq"]
        if depth < 3:
            ops += ["and", "or", "not", "any", "all"]
        op = self.pick(ops if self.chance(0.98) else ["later"])
        if op in ("and", "or"):
            inner = [self.condition(depth + 1, exception) for _ in range(self.random.randint(0, 3))]
            return {"op": op, "inner": inner}
        if op == "not":
            return {"op": op, "inner": self.condition(depth + 1, exception)}
        if op in ("any", "all"):
            name = self.pick(["event.exception.values"] * 5 + ["event.threads"])
            return {"op": op, "name": name, "inner": self.condition(depth + 1, True)}
        name = self.pick(["ty", "value", "type", "event.release"] if exception else EVENT_FIELDS)
        if op == "glob":
            return {"op": op, "name": name, "value": self.some(PATTERNS + ["*rro*", "1.*", "p*"], 3)}
        condition = {"op": op, "name": name, "value": self.pick(VALUES + MESSAGES[:6])}
        if op == "eq" and self.chance(0.4):
            condition["options"] = {"ignoreCase": self.chance(0.7)}
        return condition

    def settings(self):
        settings = {}
        for name in ("browserExtensions", "webCrawlers", "localhost"):
            if self.chance(0.3):
                settings[name] = {"isEnabled": self.chance(0.85)}
        if self.chance(0.3):
            settings["legacyBrowsers"] = {
                "isEnabled": self.chance(0.9), "options": self.some(OPTIONS, 5),
            }
        if self.chance(0.25):
            settings["errorMessages"] = {"patterns": self.some(PATTERNS, 6)}
        if self.chance(0.2):
            settings["releases"] = {"releases": self.some(PATTERNS + ["1.*", "foo@*", "42"], 5)}
        if self.chance(0.2):
            networks = ["8.8.8.8", "8.8.0.0/16", "10.0.0.0/8", "::1", "nope", "2001:db8::/32",
                        "8.8.8.8/33", "8.8.8.9/30", "127.0.0.1"]
            settings["clientIps"] = {"blacklistedIps": self.some(networks, 3)}
        if self.chance(0.3):
            settings["csp"] = {"disallowedSources": self.some(SOURCES, 3)}
        if self.chance(0.3):
            names = ["*health*", "/users/\\*/", "*/123/*", "<unlabeled*", "GET *", "*", "?spaced"]
            settings["ignoreTransactions"] = {
                "patterns": self.some(names, 3), "isEnabled": self.chance(0.9),
            }
        if self.chance(0.4):
            filters = [
                {"id": f"filter-{n}", "isEnabled": self.chance(0.9), "condition": self.condition()}
                for n in range(self.random.randint(1, 3))
            ]
            settings["generic"] = {"version": 1 if self.chance(0.95) else 2, "filters": filters}
        return settings

    # Events, as JSON text, so that keys may come twice and be written with escapes

    def text(self, value):
        if isinstance(value, str) and self.chance(0.1):
            return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in value) + '"'
        return json.dumps(value, ensure_ascii=self.chance(0.5))

    def object(self, members):
        return "{" + ",".join(self.key(k) + ":" + v for k, v in members) + "}"

    def key(self, name):
        if self.chance(0.01) and name:
            return '"' + f"\\u{ord(name[0]):04x}" + name[1:] + '"'
        return json.dumps(name)

    def odd(self, text):
        """Sometimes something of another type."""
        return self.pick(["1", "true", "null", "[]", "{}", '""', '{"a":1}', "1.5"]) \
            if self.chance(0.03) else text

    def exception(self):
        members = []
        if self.chance(0.8):
            kind = self.pick(["Error", "TypeError", "ChunkLoadError", "", "foo", None])
            members.append(("type", self.odd(self.text(kind))))
        if self.chance(0.85):
            members.append(("value", self.odd(self.text(self.pick(MESSAGES)))))
        if self.chance(0.5):
            members.append((self.pick(["stacktrace"] * 5 + ["sentry.interfaces.Stacktrace"]),
                            self.odd(self.stacktrace())))
        self.random.shuffle(members)
        return self.object(members) if self.chance(0.97) else self.pick(["null", "1", "[]"])

    def stacktrace(self):
        frames = []
        for _ in range(self.random.randint(0, 4)):
            members = [("function", '"f"')]
            if self.chance(0.8):
                members.append(("abs_path", self.odd(self.text(self.pick(PATHS)))))
            if self.chance(0.3):
                members.append(("filename", self.text(self.pick(PATHS))))
            if self.chance(0.2):
                members.append(("vars", '{"abs_path":"chrome-extension://trick/","a":"}]"}'))
            frames.append(self.object(members) if self.chance(0.98) else "null")
        return self.object([("frames", "[" + ",".join(frames) + "]")])

    def exceptions(self):
        found = [self.exception() for _ in range(self.random.randint(0, 3))]
        values = "[" + ",".join(found) + "]"
        form = self.random.random()
        if form < 0.7:
            return '{"values":' + values + "}"
        return values if form < 0.9 else self.exception()

    def message(self):
        if self.chance(0.4):
            return self.text(self.pick(MESSAGES))
        members = []
        if self.chance(0.6):
            members.append(("message", self.odd(self.text(self.pick(
                MESSAGES + ["foo %s", "foo %(a)s", "chunk {} failed.", "{a}", "%d%%"])))))
        if self.chance(0.4):
            members.append(("formatted", self.odd(self.text(self.pick(MESSAGES)))))
        if self.chance(0.4):
            members.append(("params", self.pick(
                ['["bar"]', "[]", '{"a":"bar"}', "[1]", "null", '[null]', "{}", '[{"z":1,"a":2}]'])))
        return self.object(members)

    def request(self):
        members = []
        if self.chance(0.6):
            members.append(("url", self.odd(self.text(self.pick(URLS)))))
        if self.chance(0.8):
            headers = []
            for _ in range(self.random.randint(0, 4)):
                name = self.pick(["User-Agent", "user-agent", "USER-AGENT", "Host", "X-Forwarded-For",
                                  "x-forwarded-host", "Accept", "Cookie", "User-Agent"])
                lower = name.lower()
                value = self.pick(AGENTS) if lower == "user-agent" else self.pick(
                    ["localhost:3000", "127.0.0.1", "::1", "example.com", "8.8.8.8, 127.0.0.1"])
                headers.append((name, self.odd(self.text(value))))
            if self.chance(0.5):
                pairs = ["[" + json.dumps(k) + "," + v + "]" for k, v in headers]
                members.append(("headers", "[" + ",".join(pairs) + "]"))
            else:
                members.append(("headers", self.odd(self.object(headers))))
        if self.chance(0.2):
            members.append(("env", self.object([("REMOTE_ADDR", self.text(self.pick(ADDRESSES)))])))
        if self.chance(0.3):
            members.append(("method", self.text(self.pick(["get", "POST", "x", "1"]))))
        self.random.shuffle(members)
        return self.object(members)

    def tags(self):
        pairs = [(self.pick(["custom", "environment", "a b", "release", "server_name", "x" * 40]),
                  self.pick(["custom-value", "prod", 1, True, "", " foo ", "foo", None, "a\nb"]))
                 for _ in range(self.random.randint(0, 4))]
        if self.chance(0.5):
            return self.object([(k, self.text(v)) for k, v in pairs])
        return "[" + ",".join("[" + self.text(k) + "," + self.text(v) + "]" for k, v in pairs) + "]"

    def transaction(self, members):
        members += [
            ("type", '"transaction"'), ("start_timestamp", "1700000000.5"),
            ("timestamp", "1700000002.25"), ("spans", "[]"),
        ]
        if self.chance(0.97):
            members.append(("contexts", self.object([("trace", self.object([
                ("trace_id", '"4c79f60c11214eb38604f4ae0781bfb2"'),
                ("span_id", '"fa90fdead5f74052"'), ("type", '"trace"'), ("op", '"http"')]))])))
        if self.chance(0.5):
            source = self.pick(["url", "route", "custom", "sanitized", "later"])
            members.append(("transaction_info", self.object([("source", self.text(source))])))
        if self.chance(0.3):
            members.append(("measurements", '{"lcp":{"value":2.5},"x":{}}'))

    def contexts(self):
        return self.object([
            ("os", self.pick(['{"name":"Linux","version":"5"}', '{"name":"foo"}', "null"])),
            ("browser", self.pick(['{"name":"Chrome","version":"1"}', "{}", '{"type":"x"}'])),
            ("device", self.pick(['{"charging":true}', '{"charging":1}', "[]"])),
        ])

    def event(self):
        members = []
        simple = [
            ("release", RELEASES), ("transaction", NAMES), ("level", ["error", "log", 40, "x"]),
            ("environment", ["prod", "none", "", None, " a "]), ("logger", ["a", "a\nb", None]),
            ("platform", ["python", "javascript", "xyz", "other", None]), ("dist", ["5", "a b", ""]),
            ("server_name", ["foo", ""]),
        ]
        for name, values in simple:
            if self.chance(0.35):
                members.append((name, self.odd(self.text(self.pick(values)))))
        if self.chance(0.7):
            name = self.pick(["exception"] * 5 + ["sentry.interfaces.Exception"])
            members.append((name, self.odd(self.exceptions())))
        for name in ("logentry", "message", "sentry.interfaces.Message"):
            if self.chance(0.25):
                members.append((name, self.odd(self.message())))
        if self.chance(0.6):
            name = self.pick(["request"] * 5 + ["sentry.interfaces.Http"])
            members.append((name, self.odd(self.request())))
        if self.chance(0.4):
            user = [("ip_address", self.text(self.pick(ADDRESSES))), ("email", '"a@b.c"'),
                    ("id", self.pick(["1", '"foo"', '""']))]
            members.append((self.pick(["user"] * 5 + ["sentry.interfaces.User"]),
                            self.odd(self.object(self.random.sample(user, 2)))))
        if self.chance(0.4):
            members.append(("tags", self.odd(self.tags())))
        if self.chance(0.2):
            members.append(("extra", '{"a":{"b":"foo"}}' if self.chance(0.5) else
                            '{"a":' + self.text(self.pick(VALUES)) + "}"))
        if self.chance(0.15):
            members.append(("stacktrace", self.stacktrace()))
        if self.chance(0.2):
            members.append(("sdk", self.object([
                ("name", self.text(self.pick(["sentry.javascript.react", "sentry.python"]))),
                ("version", '"1.0"')])))
        if self.chance(0.15):
            self.transaction(members)
        else:
            if self.chance(0.2):
                members.append(("contexts", self.odd(self.contexts())))
            if self.chance(0.15):
                members.append(("type", self.text(self.pick(["error", "csp", "default", "x"]))))
        if self.chance(0.15):
            report = [("blocked_uri", self.odd(self.text(self.pick(BLOCKED)))),
                      ("source_file", self.text(self.pick(BLOCKED)))]
            members.append((self.pick(["csp"] * 4 + ["sentry.interfaces.Csp"]),
                            self.object(self.random.sample(report, self.random.randint(0, 2)))))
        if self.chance(0.5):
            members.append(("breadcrumbs", self.trick()))
        if self.chance(0.3):
            members.append(("modules", '{"release":"1.2.3","type":"transaction","message":"foo"}'))
        self.random.shuffle(members)
        if members and self.chance(0.06):
            # The last of repeated keys counts.
            members.append(self.pick(members)[:1] + (self.pick(members)[1],))
        return self.object(members)

    def trick(self):
        """Fields of the same names where they do not count."""
        inner = self.object([
            ("message", '"foo"'), ("exception", '{"values":[{"type":"foo","value":"top.GLOBALS"}]}'),
            ("request", '{"url":"http://localhost/","headers":{"User-Agent":"Googlebot"}}'),
            ("release", '"1.2.3"'), ("user", '{"ip_address":"127.0.0.1"}'), ("a", '"\\"}]{["'),
        ])
        return '{"values":[{"data":' + inner + ',"message":"x \\\\"}]}'


# The grid: each is asked for every event.
GRID = [
    {},
    {"browserExtensions": {"isEnabled": True}},
    {"legacyBrowsers": {"isEnabled": True, "options": ["default"]}},
    {"legacyBrowsers": {"isEnabled": True, "options": [
        "ie", "edge", "safari", "firefox", "chrome", "opera", "opera_mini", "android"]}},
    {"localhost": {"isEnabled": True}},
    {"webCrawlers": {"isEnabled": True}},
    {"errorMessages": {"patterns": ["*error*", "Foo*", "*division*", "*undefined is not *"]}},
    {"errorMessages": {"patterns": ["?*: *"]}},
    {"releases": {"releases": ["1.*", "*@1.*", "*-dirty", "[a-f0-9]*"]}},
    {"csp": {"disallowedSources": ["*.example.com", "http://localhost:*", "inline", "https://*"]}},
    {"clientIps": {"blacklistedIps": ["93.184.216.0/24"]}},
    {"ignoreTransactions": {"isEnabled": True, "patterns": ["*health*", "/api/*", "<unlabeled*"]}},
    {"generic": {"version": 1, "filters": [
        {"id": "typed", "isEnabled": True, "condition": {
            "op": "any", "name": "event.exception.values", "inner": {
                "op": "glob", "name": "ty", "value": ["*Error", "*Exception"]}}},
        {"id": "levels", "isEnabled": True, "condition": {
            "op": "and", "inner": [
                {"op": "eq", "name": "event.level", "value": ["info", "warning"]},
                {"op": "not", "inner": {"op": "eq", "name": "event.platform", "value": "python"}}]}},
    ]}},
    {"generic": {"version": 1, "filters": [
        {"id": "no-release", "isEnabled": True, "condition": {
            "op": "eq", "name": "event.release", "value": None}},
        {"id": "production", "isEnabled": True, "condition": {
            "op": "eq", "name": "event.environment", "value": "PRODUCTION",
            "options": {"ignoreCase": True}}},
        {"id": "sdk", "isEnabled": True, "condition": {
            "op": "glob", "name": "event.sdk.name", "value": ["sentry.javascript*"]}},
    ]}},
]
GRID.append({key: value for settings in reversed(GRID[:12]) for key, value in settings.items()})
