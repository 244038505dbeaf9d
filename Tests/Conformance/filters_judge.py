"""Inbound filters on a normalised event, written down as simply as possible: the judge of
filters.py. Normalising, globs, conditions and user agents are the reference's (sentry-relay)."""

import functools
import ipaddress
import json
import re
from urllib.parse import unquote, urlsplit

from sentry_relay.pattern import Pattern
from sentry_relay.processing import StoreNormalizer, parse_release, validate_rule_condition

EXTENSION_MESSAGES = re.compile(
    r"top\.GLOBALS|originalCreateNotification|canvas.contentDocument|MyApp_RemoveAllHighlights"
    r"|http://tt\.epicplay\.com|Can't\sfind\svariable:\sZiteReader|jigsaw\sis\snot\sdefined"
    r"|ComboSearch\sis\snot\sdefined|http://loading\.retry\.widdit\.com/|atomicFindClose"
    r"|fb_xd_fragment|bmi_SafeAddOnload|EBCallBackMessageReceived|_gCrWeb|conduitPage"
    r"|null\sis\snot\san\sobject\s\(evaluating\s'elt.parentNode'\)"
    r"|plugin\.setSuspendState\sis\snot\sa\sfunction|Extension\scontext\sinvalidated"
    r"|webkit-masked-url:|can't\saccess\sdead\sobject"
    r"|Cannot\sredefine\sproperty:\s(solana|ethereum|googletag)"
    r"|undefined\sis\snot\san\sobject\s\(evaluating\s'a.L'\)",
    re.I,
)
EXTENSION_SOURCES = re.compile(
    r"graph\.facebook\.com|connect\.facebook\.net|eatdifferent\.com\.woopra-ns\.com"
    r"|static\.woopra\.com/js/woopra\.js|^chrome(-extension)?://|^moz-extension://"
    r"|^safari(-web)?-extension://|webkit-masked-url|127\.0\.0\.1:4001/isrunning"
    r"|webappstoolbarba\.texthelp\.com/|metrics\.itunes\.apple\.com\.edgesuite\.net/"
    r"|kaspersky-labs\.com",
    re.I,
)
CRAWLERS = re.compile(
    r"Mediapartners-Google|AdsBot-Google|Googlebot|FeedFetcher-Google|Storebot-Google|BingBot"
    r"|BingPreview|Baiduspider|Slurp|Sogou|facebook|meta-|ia_archiver|bots?([/\s\);]|\Z)"
    r"|spider([/\s\);]|\Z)|Slack|Calypso\sAppCrawler|pingdom|lyticsbot|AWS\sSecurity\sScanner"
    r"|HubSpot\sCrawler|Bytespider|Better\sUptime|Cloudflare-Healthchecks|GTmetrix"
    r"|BrightEdgeOnCrawl|ELB-HealthChecker|naver.me/spd|ClaudeBot|CCBot|OAI-SearchBot|GPTBot"
    r"|PerplexityBot|Applebot|DuckDuckBot",
    re.I,
)
ALLOWED_CRAWLERS = re.compile(r"Slackbot\s1\.\d+|SentryUptimeBot|ChatGPT-User", re.I)

# Option: family, lowest and highest major version that is dropped.
LEGACY = {
    "ie_pre_9": ("IE", 0, 8), "ie9": ("IE", 9, 9), "ie10": ("IE", 10, 10),
    "ie11": ("IE", 11, 11), "opera_pre_15": ("Opera", 0, 14),
    "opera_mini_pre_8": ("Opera Mini", 0, 7), "android_pre_4": ("Android", 0, 3),
    "safari_pre_6": ("Safari", 0, 5), "edge_pre_79": ("Edge", 0, 78), "ie": ("IE", 0, 11),
    "safari": ("Safari", 0, 15), "opera": ("Opera", 0, 99), "opera_mini": ("Opera Mini", 0, 34),
    "android": ("Android", 0, 3), "firefox": ("Firefox", 0, 110), "chrome": ("Chrome", 0, 110),
    "edge": ("Edge", 0, 110),
}
LEGACY_DEFAULT = [
    ("IE", 0, 9), ("Safari", 0, 5), ("Opera", 0, 14), ("Android", 0, 3), ("Opera Mini", 0, 7),
]


@functools.cache
def pattern(text):
    try:
        return Pattern(text, case_insensitive=True)
    except Exception:  # a pattern that cannot be read is ignored
        return None


def matches_any(patterns, text):
    return any(p is not None and p.is_match(text) for p in map(pattern, patterns))


def get(value, *path):
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def exceptions(event):
    return [e for e in get(event, "exception", "values") or [] if e is not None]


def header(event, name):
    for pair in get(event, "request", "headers") or []:
        if pair and pair[0] is not None and pair[0].lower() == name.lower():
            return pair[1]
    return None


@functools.cache
def _agent_reader():
    return StoreNormalizer(project_id=1, normalize_user_agent=True)


@functools.cache
def browser(agent):
    """Family and major version as the reference finds them."""
    event = {"request": {"headers": [["User-Agent", agent]]}}
    found = get(_agent_reader().normalize_event(event), "contexts", "browser") or {}
    name, version = found.get("name"), found.get("version")
    if not name or not version or not re.fullmatch(r"[0-9]+", version.split(".")[0]):
        return None
    return "IE" if name == "IE Mobile" else name, int(version.split(".")[0])


class SourcePattern:
    def __init__(self, text):
        self.scheme = self.port = None
        if "://" in text:
            scheme, text = text.split("://", 1)
            self.scheme = self._part(scheme)
        text = text.split("/", 1)[0]
        if ":" in text:
            text, port = text.split(":", 1)
            self.port = self._part(port)
        self.domain = self._part(text)

    @staticmethod
    def _part(text):
        return None if text == "*" else text.lower()

    def matches(self, url):
        if self.scheme is not None and self.scheme != url.scheme:
            return False
        if self.port is not None and self.port != url.port:
            return False
        if self.domain is None or self.domain == url.domain:
            return True
        return (
            url.domain is not None
            and self.domain.startswith("*")
            and (url.domain.endswith(self.domain[1:]) or url.domain == self.domain[2:])
        )


def is_disallowed_report(event, sources):
    report = event.get("csp")
    if event.get("type") != "csp" or report is None or not sources:
        return False
    patterns = [SourcePattern(s) for s in sources if isinstance(s, str)]
    if any((p.scheme, p.domain, p.port) == (None, None, None) for p in patterns):
        return True
    texts = [report.get("blocked_uri"), report.get("source_file")]
    return any(p.matches(SourcePattern(t)) for t in texts if t is not None for p in patterns)


def is_blocked_address(address, networks):
    if address is None:
        return False
    address = ipaddress.ip_address(address)
    for text in networks:
        try:
            if address in ipaddress.ip_network(text, strict=False):
                return True
        except (ValueError, TypeError):
            continue
    return False


def messages(event):
    entry = event.get("logentry") or {}
    if entry.get("formatted") is not None:
        yield entry["formatted"]
    elif entry.get("message") is not None:
        yield entry["message"]
    for exception in exceptions(event):
        parts = [exception.get("type") or "", exception.get("value") or ""]
        yield ": ".join(part for part in parts if part)


def url_parts(text):
    """Scheme and host of an absolute URL, None if the text is none."""
    if not text or not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme in ("http", "https", "ws", "wss", "ftp"):
        if not host:
            return None
        host = unquote(host).lower()
        if re.search(r"[\s#%/<>?@\\^|`]", host):
            return None
        last = host.rstrip(".").split(".")[-1]
        if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last):
            host = ipv4(host)
            if host is None:
                return None
        elif ":" in host:
            host = "[" + str(ipaddress.ip_address(host)) + "]"
    return parts.scheme, host


def ipv4(host):
    parts = host.split(".")
    if parts[-1] == "":
        parts.pop()
    if len(parts) > 4:
        return None
    numbers = []
    for part in parts:
        try:
            if part.startswith("0x"):
                numbers.append(int(part[2:] or "0", 16))
            elif len(part) > 1 and part.startswith("0"):
                numbers.append(int(part, 8))
            else:
                numbers.append(int(part, 10))
        except ValueError:
            return None
    if any(n > 255 for n in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        return None
    address = numbers[-1]
    for index, number in enumerate(numbers[:-1]):
        address += number << 8 * (3 - index)
    return str(ipaddress.IPv4Address(address))


def is_local(event):
    if get(event, "user", "ip_address") in ("127.0.0.1", "::1"):
        return True
    parts = url_parts(get(event, "request", "url"))
    if parts is not None:
        scheme, host = parts
        if scheme == "file":
            return True
        if host is not None:
            if host in ("127.0.0.1", "localhost", "[::1]") or host.endswith(".localhost"):
                return True
    if header(event, "X-Forwarded-For") in ("127.0.0.1", "::1"):
        return True
    if parts is None:
        for name in ("Host", "X-Forwarded-Host"):
            value = header(event, name)
            if value is not None and value.split(":")[0] in ("127.0.0.1", "localhost"):
                return True
    return False


def is_extension(event):
    values = get(event, "exception", "values") or []
    if not values or values[0] is None:
        return False
    value = values[0].get("value")
    if value is not None and EXTENSION_MESSAGES.search(value):
        return True
    for frame in reversed(get(values[0], "stacktrace", "frames") or []):
        path = (frame or {}).get("abs_path")
        if path is None:
            return False
        if path not in ("<anonymous>", "[native code]"):
            return bool(EXTENSION_SOURCES.search(path))
    return False


def is_legacy(event, options):
    agent = header(event, "User-Agent")
    found = browser(agent) if agent is not None else None
    if found is None:
        return False
    if "default" in options:
        rules = LEGACY_DEFAULT
    else:
        rules = [LEGACY[o] for o in options if o in LEGACY]
    return any(found[0] == family and low <= found[1] <= high for family, low, high in rules)


def is_crawler(event):
    agent = header(event, "User-Agent")
    return (
        agent is not None
        and CRAWLERS.search(agent) is not None
        and ALLOWED_CRAWLERS.search(agent) is None
    )


# Conditions


def tag(event, name):
    for pair in event.get("tags") or []:
        if pair and pair[0] == name:
            return pair[1]
    return None


def context(event, key, name):
    found = get(event, "contexts", key)
    if not isinstance(found, dict) or found.get("type") != key:
        return None
    return found.get(name)


PATHS = {
    "level": ("level",), "release": ("release",), "dist": ("dist",),
    "environment": ("environment",), "transaction": ("transaction",), "logger": ("logger",),
    "platform": ("platform",), "logentry.formatted": ("logentry", "formatted"),
    "logentry.message": ("logentry", "message"), "user.email": ("user", "email"),
    "user.id": ("user", "id"), "user.ip_address": ("user", "ip_address"),
    "user.name": ("user", "name"), "user.segment": ("user", "segment"),
    "user.geo.city": ("user", "geo", "city"),
    "user.geo.country_code": ("user", "geo", "country_code"),
    "request.method": ("request", "method"), "request.url": ("request", "url"),
    "transaction.source": ("transaction_info", "source"), "sdk.name": ("sdk", "name"),
    "sdk.version": ("sdk", "version"), "sentry_user": ("user", "sentry_user"),
}


def field(event, path, exception):
    if exception is not None:
        return exception.get({"ty": "type", "value": "value"}.get(path))
    if not path.startswith("event."):
        return None
    path = path[6:]
    if path in PATHS:
        value = get(event, *PATHS[path])
        return None if value == "" and path.startswith("user.") else value
    head, _, rest = path.partition(".")
    if head == "tags":
        return tag(event, rest)
    if head == "extra":
        return get(event, "extra", *rest.split("."))
    if head == "measurements" and rest.endswith(".value"):
        return get(event, "measurements", rest[: -len(".value")], "value")
    if head == "request" and rest.startswith("headers."):
        return header(event, rest[len("headers."):])
    if head == "contexts":
        key, _, name = rest.partition(".")
        return context(event, key, name or key)
    if path == "duration":
        start, end = event.get("start_timestamp"), event.get("timestamp")
        if event.get("type") == "transaction" and start is not None and end is not None:
            return (end - start) * 1000
        return None
    if head == "release" and event.get("release"):
        parsed = parse_release(event["release"])
        if rest == "build":
            return parsed["build_hash"]
        if rest == "package":
            return parsed["package"]
        if rest == "version.short" and parsed["version_parsed"]:
            return parsed["version_parsed"]["raw_short"]
    return None


def same(left, right, ignore_case):
    return left.casefold() == right.casefold() if ignore_case else left == right


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


COMPARISONS = {
    "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b, "lte": lambda a, b: a <= b,
}


def holds(condition, event, exception=None):
    op = condition["op"]
    if op in ("and", "or"):
        results = (holds(inner, event, exception) for inner in condition["inner"])
        return all(results) if op == "and" else any(results)
    if op == "not":
        return not holds(condition["inner"], event, exception)
    if op in ("any", "all"):
        values = get(event, "exception", "values")
        if exception is not None or condition["name"] != "event.exception.values":
            return False
        if values is None:
            return False
        results = (holds(condition["inner"], event, e) for e in values if e is not None)
        return any(results) if op == "any" else all(results)
    value = field(event, condition["name"], exception) if "name" in condition else None
    wanted = condition.get("value")
    if op == "eq":
        ignore_case = condition.get("options", {}).get("ignoreCase", False)
        if value is None or wanted is None:
            return value is None and wanted is None
        if isinstance(value, str) and isinstance(wanted, str):
            return same(value, wanted, ignore_case)
        if isinstance(value, str) and isinstance(wanted, list):
            return any(same(value, w, ignore_case) for w in wanted if isinstance(w, str))
        return isinstance(value, bool) and isinstance(wanted, bool) and value == wanted
    if op in COMPARISONS:
        if is_number(value) and is_number(wanted):
            return COMPARISONS[op](value, wanted)
        if isinstance(value, str) and isinstance(wanted, str):
            return COMPARISONS[op](value.encode(), wanted.encode())
        return False
    if op == "glob":
        return isinstance(value, str) and matches_any(wanted, value)
    return False


@functools.cache
def is_valid(condition):
    try:
        validate_rule_condition(condition)
        return True
    except ValueError as error:
        # An operator of a later version matches nothing, the rest of the condition counts.
        return "unsupported condition" in str(error)


def generic_reason(event, settings):
    if settings.get("version", 2) > 1:
        return None
    for item in settings.get("filters") or []:
        condition = item.get("condition")
        if item.get("isEnabled") is not True or condition is None:
            continue
        if is_valid(json.dumps(condition)) and holds(condition, event):
            return item["id"]
    return None


def reason(event, settings, address):
    """The reason to drop a normalised event; None keeps it."""

    def part(name):
        return settings.get(name) if isinstance(settings.get(name), dict) else {}

    def texts(name, member):
        found = part(name).get(member)
        return [t for t in found if isinstance(t, str)] if isinstance(found, list) else []

    def enabled(name):
        return part(name).get("isEnabled") is True

    found = generic_reason(event, part("generic"))
    if found is not None:
        return found
    if is_disallowed_report(event, texts("csp", "disallowedSources")):
        return "invalid-csp"
    if is_blocked_address(address, texts("clientIps", "blacklistedIps")):
        return "ip-address"
    release = event.get("release")
    if release is not None and matches_any(texts("releases", "releases"), release):
        return "release-version"
    patterns = texts("errorMessages", "patterns")
    if patterns and any(matches_any(patterns, text) for text in messages(event)):
        return "error-message"
    if enabled("localhost") and is_local(event):
        return "localhost"
    if enabled("browserExtensions") and is_extension(event):
        return "browser-extensions"
    if enabled("legacyBrowsers") and is_legacy(event, texts("legacyBrowsers", "options")):
        return "legacy-browsers"
    if enabled("webCrawlers") and is_crawler(event):
        return "web-crawlers"
    if enabled("ignoreTransactions") and event.get("type") == "transaction":
        name = event.get("transaction")
        if name is not None and matches_any(texts("ignoreTransactions", "patterns"), name):
            return "filtered-transaction"
    return None
