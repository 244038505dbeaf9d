"""Seeded cases for the personal-data engine: (configuration, event) pairs.

Every case is built here from small vocabularies; nothing is read from files. The same seed gives
the same cases on every machine.
"""

from __future__ import annotations

import random

IP4 = ["1.2.3.4", "127.0.0.1", "255.255.255.255", "256.1.2.3", "01.02.003.004", "1.2.3.4.5", "1.2.3"]
IP6 = [
    "::1", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:db8::1", "1::2", "1:2::3", "1:::2",
    "fe80::1%eth0", "::ffff:1.2.3.4", "64:ff9b::1.2.3.4", "a::b::c", "::", "1::", "12:30:45",
    "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::", "fe80:1:2%x::ffff:0:1.2.3.4",
]
EMAIL = [
    "foo.bar@example.com", "a@b.co", "a@b", "a@b.c", "x+y@sub.example.museum", ".x@y.zz",
    "é@example.com", "a@-.co", "a@b..co", "q@example.com-", "q@example.com_", "q@a.b1.c2.org",
    "a@b.co@c.dd", "!#$%&'*+/=?^_`{|}~-@host.name", "Ünï@exa.de",
]
CARD = [
    "4571234567890111", "4571 2345 6789 0111", "371449635398431", "3714-496353-98431",
    "5105105105105100", "6011111111111117", "6500000000000000", "457123456789011",
    "45712345678901112", "4٥71234567890111", "4571  2345 6789 0111", "4571\u00a02345\u00a06789 0111",
    "6012111111111117", "x4571234567890111", "4571234567890111_",
]
IBAN = [
    "DE89370400440532013000", "NO9386011117947", "XX89370400440532013000", "DE8937040044053",
    "DE893704004405320130001234567890123", "de89370400440532013000", "GB82WEST12345698765432",
    "DE٨9370400440532013000", "xDE89370400440532013000", "FR1420041010050500013M02606é",
]
IMEI = ["356938035643809", "35-209900-176148-1", "35-209900-176148-23", "35209900176148", "3520990017614812345"]
MAC = ["4a:00:04:10:9b:50", "4a-00-04-10-9b-50", "4a:00-04:10:9b:5g", "x4a:00:04:10:9b:50", "4a:00:04:10:9b:50:11"]
UUID = [
    "ceee0822-ed8f-4622-b2a3-789e73e75cd1", "ceee0822ed8f4622b2a3789e73e75cd1",
    "CEEE0822-ed8f4622-b2a3-789e73e75cd1", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz",
    "ceee0822-ed8f-4622-b2a3-789e73e75cd12", "\u017feee0822-ed8f-4622-b2a3-789e73e75cd1",
    "\u212aeee0822ed8f4622b2a3789e73e75cd1",
]
SSN = ["078-05-1120", "1078-05-1120", "078-05-11201", "078-05-112", "(078-05-1120)", "078-05-1120-"]
PEM = [
    "-----BEGIN EC PRIVATE KEY-----\nMIHbAgEBBEFbv\nsdf\n-----END EC PRIVATE KEY-----",
    "-----BEGIN PUBLIC KEY-----\r\nabc\r\n-----END PUBLIC KEY-----",
    "-----BEGIN RSA PRIVATE KEY----- \t\nabc-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----",
    "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
    "-----BEGIN PRIVATE KEY-----\nabc",
    "-----BEGIN A PRIVATE KEY-----x-----END B PUBLIC KEY-----y-----END C PRIVATE KEY-----",
    "-----BEGIN A PRIVATE KEY-----\n\n\nx\n\n-----END A PRIVATE KEY-----",
]
URL = [
    "https://user:pw@example.com/", "http://user@example.com", "//user:pw@h", "x//u:p@h",
    "HTTP://user:pw@h", "git+ssh://u:p@h", "a://%20.-_:x@", "://u:p@h", "https://u:p:q@h",
    "ftp://u:@h", "https://a//b:c@d", "https://user:pw@a https://u2:p2@b",
]
PATH = [
    "C:\\Users\\peter\\x", "/home/bob/y", "/Users/bob", "c:/documents and settings/bob/x",
    "documentsandsettings/bob", "foo/profiles/bob/x", "c:\\profiles\\bob\\x", "/home//x",
    "users/profiles/x", "foo users/profiles/x", "c:\\profiles\\profiles\\bob", "/uſers/x",
    "x/home/bob/profiles/joe/z", "D:\\a\\profiles\\bob\\c", "/home/a\nb/c", "éusers/bob", "é/users/bob",
    "homes/bob", "/home/bob\\c", "\\\\srv\\Profiles\\bob",
]
SECRET = [
    "password=x", "my Passwd", "the secret", "api_key", "api-key", "apikey", "api key", "author",
    "credentials", "mysql_pwd", "privatekey", "private_key", "private key", "token: x", "token x",
    "tokens=", "token x:", "otp", "two_factor", "two-factor", " otp", "pa\u017f\u017fword",
    "api\u212aey", "to\u212aen=", "OTP", "Two_Factor",
]
BEARER = [
    "Bearer abc.def", "bearer  x", "Bearer", "Bearer\n\u00a0tok", "xBearer abc", "BEARER abc bearer d",
    "Bearer \u3000t\u3000u", "bearer:abc",
]
COOKIE = [
    "sessionid=1; a=b", "a=b;sudo=2", "x-csrf-token=3", "__session==;x", "session=", "phpsessid=é;",
    "ſession=1", "user_session=a=b", "xsrf=1,csrf=2", "_xsrf=1 ;session =2",
]
PLAIN = [
    "hello", "x", "A b c", "", "true", "false", "null", "undefined", "True", "0", "é", "日本語 text",
    "a\nb", "\n", "a\u0000b", " ", "foo bar foo", "aab", "k", "K", "\u212a", "ß",
]
GROUPS = [IP4, IP6, EMAIL, CARD, IBAN, IMEI, MAC, UUID, SSN, PEM, URL, PATH, SECRET, BEARER, COOKIE, PLAIN]

KEYS = [
    "foo", "Foo", "a", "b", "password", "token", "x-token", "api_key", "otp", "auth", "é", "É", "0", "1",
    "foo bar", "a.b", "it's", "user", "values", "cookies", "sessionid", "data", "apiKey", "tokens",
    "http.request.header.cookie", "http.request.header.cookie.sessionid", "secret", "two-factor",
]

BUILTIN = [
    "@" + name + variant
    for name in (
        "anything ip imei mac uuid email creditcard iban userpath pemkey urlauth usssn password bearer"
    ).split()
    for variant in ("", ":replace", ":mask", ":hash", ":remove", ":filter")
] + ["@common", "@common:filter", "@cookies:filter", "@urlauth:legacy", "@nope", "@cookies"]

REDACTIONS = [
    None, {"method": "default"}, {"method": "remove"}, {"method": "replace"},
    {"method": "replace", "text": "R"}, {"method": "replace", "text": ""},
    {"method": "replace", "text": "é[x]"}, {"method": "mask"}, {"method": "hash"}, {"method": "odd"},
]
TYPES = [
    "anything", "ip", "imei", "mac", "uuid", "email", "creditcard", "iban", "userpath", "pemkey",
    "url_auth", "us_ssn", "bearer", "password", "cookies", "unknown",
]
PATTERNS = [
    "foo", "a", "a*", "", "^", "$", ".", ".*", ".+", "a|b", "[a-c]+", r"\d+", r"\w+", r"\s", r"\S+",
    "(?i)foo", "(?m)^b", "(?s)a.b", "(a)(b)?", "b{1,2}", "a{2}", "(?x) f o o # c", r"\x41", r"\p{L}+",
    r"\pN", r"[[:digit:]]+", r"[^a]", "foo|foo bar", r"\.", "a**", "x?", "[\\w.]+@", "é+", "[é-ü]",
    "(?P<n>o+)", r"\u{e9}", "[a-z&&[^b]]x?" if False else "q",
]
BOUNDARY_PATTERNS = [r"\bfoo\b", r"\b", r"\B", r"\bé"]
KEY_PATTERNS = ["foo", "^foo$", "(?i)foo", "a|b", "", "token", r"\d", "pass.*", "é", r"a\.b", "^$"]

SPECIFIC = [
    "culprit", "request.url", "$request.url", "tags.foo", "tags.*", "$frame.module", "frames.*.module",
    "$frame.abs_path", "abs_path", "code_file", "images.*.code_file", "contexts.device.name",
    "device.name", "contexts.*.*", "$span.description", "spans.*.description", "user.ip_address",
    "$user.ip_address", "$user.**", "$user.*", "extra.foo", "extra.**", "extra.*", "extra.foo.0",
    "extra.foo.*", "extra.**.0", "$string", "$number", "$object", "$array", "$boolean", "**", "freeform",
    "databag", "$error.value", "$exception.value", "$message", "$logentry.formatted", "message",
    "$breadcrumb.message", "$breadcrumb.data.foo", "$http.headers.foo", "$request.headers.*",
    "headers.user-agent", "request.cookies.sessionid", "*.cookies.sessionid", "$request.data.foo",
    "request.query_string.foo", "$frame.vars.foo", "$frame.vars.**", "vars.*", "exception.**",
    "exception.**.foo", "$stacktrace.**.$string", "$object.$string", "$object.foo", "contexts.**",
    "contexts.trace.data.*", "$span.data.foo", "$sdk.client_ip", "server_name", "unknown.foo",
    "unknown.**", "!foo", "!$string", "$string && !foo", "$string || $number", "(a || b) && $string",
    "!(foo || a)", "**.foo", "*.foo", "foo.**", "0", "1.*", "a.b", "'a.b'", "'foo bar'", "É", "FOO",
    "'it''s'", "$event.extra", "$frame.**.foo", "$thread.stacktrace.**", "**.$string", "~foo & $string",
]


def text(rng: random.Random) -> str:
    parts = []
    for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 4])):
        parts.append(rng.choice(rng.choice(GROUPS)))
    return rng.choice([" ", " ", " ", "", ", ", "\n", "/", ":", "é", " x "]).join(parts)


def value(rng: random.Random, depth: int = 0):
    pick = rng.random()
    if depth < 3 and pick < 0.10:
        return {rng.choice(KEYS): value(rng, depth + 1) for _ in range(rng.randrange(4))}
    if depth < 3 and pick < 0.18:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if depth < 3 and pick < 0.23:
        return [[rng.choice(KEYS + [text(rng)]), value(rng, depth + 2)] for _ in range(rng.randrange(1, 4))]
    if pick < 0.28:
        return rng.choice([True, False, None, 5, -1, 1.5, 0])
    return text(rng)


def selector(rng: random.Random, depth: int = 0) -> str:
    pick = rng.random()
    if pick < 0.45 or depth > 2:
        return rng.choice(SPECIFIC)
    if pick < 0.55:
        return "!" + atom(rng, depth)
    if pick < 0.67:
        return f"{atom(rng, depth)} && {atom(rng, depth)}"
    if pick < 0.79:
        return f"{atom(rng, depth)} || {atom(rng, depth)}"
    return path(rng)


def atom(rng: random.Random, depth: int) -> str:
    inner = selector(rng, depth + 1)
    return inner if not any(c in inner for c in "!~&|") else f"({inner})"


def path(rng: random.Random) -> str:
    items = []
    has_deep = False
    for _ in range(rng.randrange(1, 5)):
        pick = rng.random()
        if pick < 0.15 and not has_deep:
            items.append("**")
            has_deep = True
        elif pick < 0.3:
            items.append("*")
        elif pick < 0.5:
            items.append(
                "$" + rng.choice(
                    "string number boolean array object frame request user error stacktrace logentry "
                    "message breadcrumb span sdk thread event datetime".split()))
        elif pick < 0.6:
            items.append(rng.choice("012"))
        else:
            key = rng.choice(KEYS + ["extra", "vars", "frames", "headers", "tags", "contexts", "request"])
            items.append(key if key.isascii() and key.isidentifier() else "'" + key.replace("'", "''") + "'")
    return "**" if items == ["*"] else ".".join(items)


def rule(rng: random.Random, names: list[str], boundaries: bool) -> dict:
    pick = rng.random()
    if pick < 0.40:
        result = {"type": rng.choice(TYPES)}
    elif pick < 0.60:
        patterns = PATTERNS + (BOUNDARY_PATTERNS if boundaries else [])
        result = {"type": "pattern", "pattern": rng.choice(patterns)}
        if "(" in result["pattern"] and "(?" not in result["pattern"] and rng.random() < 0.5:
            result["replaceGroups"] = rng.choice([[1], [0], [2], [1, 2], []])
    elif pick < 0.75:
        result = {"type": "redact_pair", "keyPattern": rng.choice(KEY_PATTERNS)}
    elif pick < 0.87:
        result = {"type": "alias", "rule": rng.choice(names + BUILTIN)}
    else:
        result = {"type": "multiple", "rules": [rng.choice(names + BUILTIN) for _ in range(rng.randrange(4))]}
    if result["type"] in ("alias", "multiple") and rng.random() < 0.6:
        result["hideInner"] = rng.random() < 0.7
    redaction = rng.choice(REDACTIONS)
    if redaction is not None:
        result["redaction"] = redaction
    return result


def configuration(rng: random.Random, boundaries: bool = False) -> dict:
    names = ["r" + str(n) for n in range(rng.randrange(4))]
    rules = {name: rule(rng, names, boundaries) for name in names}
    applications = {}
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        pool = names * 3 + BUILTIN
        applications[selector(rng)] = [rng.choice(pool) for _ in range(rng.choice([1, 1, 2, 3]))]
    result = {"applications": applications}
    if rules:
        result["rules"] = rules
    if rng.random() < 0.1:
        result["vars"] = {"hashKey": rng.choice(["foo", None])}
    return result


def some(rng: random.Random) -> dict:
    return {rng.choice(KEYS): value(rng) for _ in range(rng.randrange(1, 4))}


def pairs(rng: random.Random) -> list:
    return [[rng.choice(["foo", "a", "sessionid", "password", "b"]), text(rng)] for _ in range(rng.randrange(1, 3))]


def event(rng: random.Random) -> dict:
    parts = {
        "extra": lambda: some(rng),
        "culprit": lambda: text(rng),
        "server_name": lambda: text(rng),
        "tags": lambda: pairs(rng),
        "logentry": lambda: {"message": text(rng), "formatted": text(rng), "params": [text(rng), 5]},
        "user": lambda: {
            key: make() for key, make in {
                "id": lambda: text(rng), "email": lambda: text(rng), "username": lambda: text(rng),
                "ip_address": lambda: rng.choice(["1.2.3.4", "::1", "{{auto}}", "2001:db8::1"]),
                "data": lambda: some(rng), "foo": lambda: value(rng),
            }.items() if rng.random() < 0.4
        },
        "request": lambda: {
            "url": text(rng), "headers": pairs(rng), "cookies": pairs(rng), "data": value(rng),
            "query_string": pairs(rng), "env": some(rng), "fragment": text(rng),
        },
        "exception": lambda: {"values": [{
            "type": "T", "value": text(rng), "stacktrace": {"frames": [{
                "module": text(rng), "filename": text(rng), "abs_path": rng.choice(PATH),
                "function": "f", "vars": some(rng), "context_line": text(rng),
            }]}}]},
        "breadcrumbs": lambda: {"values": [{"message": text(rng), "data": some(rng), "category": "c"}]},
        "contexts": lambda: {
            "device": {"name": text(rng), "model": text(rng), "foo": value(rng)},
            "trace": {"trace_id": "4c79f60c11214eb38604f4ae0781bfb2", "span_id": "fa90fdead5f74052",
                      "data": {"foo": value(rng)}},
            "own": some(rng),
        },
        "spans": lambda: [{
            "span_id": "fa90fdead5f74052", "trace_id": "4c79f60c11214eb38604f4ae0781bfb2",
            "description": text(rng), "data": {"foo": value(rng)}, "tags": {"foo": text(rng)},
            "start_timestamp": 1.0, "timestamp": 2.0,
        }],
        "sdk": lambda: {"name": "n", "version": "1", "client_ip": "1.2.3.4"},
        "debug_meta": lambda: {"images": [{
            "type": "elf", "code_file": rng.choice(PATH), "debug_file": rng.choice(PATH),
            "debug_id": "ceee0822-ed8f-4622-b2a3-789e73e75cd1", "image_addr": "0x1"}]},
        "threads": lambda: {"values": [{"id": 1, "name": text(rng), "stacktrace": {"frames": [
            {"module": text(rng), "vars": some(rng)}]}}]},
        "unknown": lambda: value(rng),
    }
    chosen = rng.sample(sorted(parts), rng.choice([1, 2, 2, 3, 4]))
    return {name: parts[name]() for name in chosen}


def remarks(rng: random.Random, content: dict) -> dict:
    """Adds a `_meta` for texts of `extra`, as a relay before us would have written it."""
    extra = content.get("extra")
    if not isinstance(extra, dict):
        return content
    meta = {}
    for key, item in extra.items():
        record = {}
        if isinstance(item, str) and rng.random() < 0.8:
            size = len(item.encode())
            rem = []
            position = 0
            for _ in range(rng.randrange(1, 4)):
                start = position + rng.randrange(0, 6)
                end = start + rng.randrange(0, 6)
                if rng.random() < 0.1:
                    rem.append(["@old", "x"])
                    continue
                if rng.random() < 0.9 and end > size:
                    break
                rem.append(["@old", rng.choice("smpx"), start, end])
                position = end if rng.random() < 0.9 else start
            if rem:
                record["rem"] = rem
            if rng.random() < 0.5:
                record["len"] = rng.randrange(100)
        if rng.random() < 0.4:
            record["err"] = ["invalid_data"]
            record["val"] = rng.choice([text(rng), 5, None, [text(rng)]])
        if record:
            meta[key] = {"": record}
    if meta:
        content["_meta"] = {"extra": meta}
    return content


def cases(seed: int, count: int, boundaries: bool = False):
    rng = random.Random(seed)
    for _ in range(count):
        content = event(rng)
        if rng.random() < 0.15:
            content = remarks(rng, content)
        yield {"config": configuration(rng, boundaries), "event": content}
