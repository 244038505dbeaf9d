"""Random values of the protocol's types: mostly well-formed, some of the wrong type."""

import random

import fields
from values import KEYS, TEXTS, value

WORDS = {
    "level": ["debug", "info", "warning", "error", "fatal", "log", "critical", "warn", 30, 40, 7],
    "eventType": ["error", "default", "transaction", "csp", "feedback", "userreportv2", "nel"],
    "spanStatus": ["ok", "unknown", "internal_error", "success", "failure", "unknown_error", 0, 2, 16, 99],
    "spanKind": ["client", "server", "internal", "producer", "consumer", "odd"],
    "metricUnit": ["none", "millisecond", "MS", "s", "byte", "custom_unit", "much-too-long-unit-name", ""],
    "lockReason": [1, 2, 4, 8, 3],
    "inferIP": ["auto", "never", "legacy", "x"],
    "ipAddress": ["127.0.0.1", "::1", "2a02:8388::17", "{{auto}}", "1.2.3", "93.184.216.34:80"],
    "timestamp": [
        1717149600, 1717149600.123456, "2024-06-01T11:00:00Z", "2024-06-01T11:00:00.5", "2024-06-01 11:00:00+02:00",
        "2024-05-31T10:00:00-0130", 1717239599.9999995, "1717149600", -3, 0, 253402300799,
    ],
    "address": ["0x1f", "31", 31, 0, "0xffffffffffffffff", "0x1F", 2**64 - 1, -1],
    "registerValue": ["0x1f", "0", 7, "0x00000000deadbeef"],
    "eventID": ["a" * 32, "dfb8e43a-f242-3d73-a453-aeb6a777ef75", "{dfb8e43a-f242-3d73-a453-aeb6a777ef75}"],
    "uuid": ["dfb8e43a-f242-3d73-a453-aeb6a777ef75", "DFB8E43AF2423D73A453AEB6A777EF75", "urn:uuid:dfb8e43a-f242-3d73-a453-aeb6a777ef75"],
    "debugID": ["dfb8e43a-f242-3d73-a453-aeb6a777ef75-a", "DFB8E43AF2423D73A453AEB6A777EF75a", "dfb8e43a-f242-3d73-a453-aeb6a777ef75"],
    "codeID": ["5AB380779000", "x-y", ""],
    "traceID": ["4c79f60c11214eb38604f4ae0781bfb2", "4C79F60C11214EB38604F4AE0781BFB2", "4c79f60c-1121-4eb3-8604-f4ae0781bfb2"],
    "spanID": ["fa90fdead5f74052", "FA90FDEAD5F74052", "0000000000000000", "fa90"],
    "threadID": [1, "main", 0, -1, 2**64 - 1, 1.5],
    "bool": [True, False],
    "u64": [0, 1, 404, 2**53, 2**63, 2**64 - 1, -1, 1.0, 7.9],
    "i64": [0, -1, 12, 2**53, 2**63 - 1, -(2**63), 2**63, 3.5],
    "f64": [0, 1, 0.25, -2.5, 1e300, 1e-7, 1717149600.25],
    "finiteNumber": [0, 1, 420.69, -2.5, 1e300],
    "nativePath": ["/usr/lib/libc.so.6", "C:\\Windows\\ntdll.dll", "app.js", ""],
    "message": ["Hello %s", "{} is {0}", "%(a)s", "plain", "x" * 9000],
    "cookies": ["a=b; c=d", "a; b", {"a": "b", "c": None}, [["a", "b"]], "x=%20y"],
    "headers": [
        {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},
        [["cookie", "a=b; c=%20"], ["Content-type", "application/json; charset=utf8"]],
        {"x-many": ["1", "2"], "Sec-Ch-Ua-Platform": '"macOS"', "sec-ch-ua": '"Google Chrome";v="120"'},
        [["X-Forwarded-For", "1.2.3.4"], None, ["A", 5]],
    ],
    "query": ["?a=b&c=d%20e", "a", {"b": 1, "a": [1]}, [["x", "y"], ["z", None]]],
    "tags": [
        {"a": 1, "b c": "x"}, [["a", "b"], ["a", "c"], None], {"environment": "prod"}, [["server_name", "h"], ["site", "s"]],
        [None, ["environment", "dev"], ["x", "y"]], {"k" * 201: "v", "bad key!": "x", "ok": "v" * 201, "nl": "a\nb"},
        [["release", "a"], ["dist", "b"], ["é", "x"], [1.5, True]], {"device.class": "9"},
    ],
    "fingerprint": [["{{ default }}", "a"], ["a", 1, True, None, 1.5], ["a", {}, [], "b"], []],
    "messageParameters": [["a", 1, None], {"a": "b"}, []],
    "registers": [{"rip": "0x1f", "rsp": 7}],
}

# Values that fields of that name often have, whatever their type.
NAMED = {
    "platform": ["python", "javascript", "java", "native", "cocoa", "csharp", "node", "other", "x"],
    "release": ["app@1.0", "latest", " x ", "", "a/b", "x" * 260, "."],
    "environment": ["prod", "none", "a/b", " dev ", "", "e" * 70],
    "dist": ["1", "a b", " x ", "d" * 70, ""],
    "logger": ["root", "com.example." * 8 + "Klass", " l ", "a\nb", "l" * 80],
    "transaction": ["/t", " t ", "/users/12345/", "/a/dfb8e43af2423d73a453aeb6a777ef75/", "t" * 300],
    "source": ["url", "custom", "route", "unknown", "sanitized", "odd source"],
    "url": ["http://example.com/a?b=c#d", "https://EXAMPLE.com:443/%7Ea/../b", "/x?y#z", "http://é.de/ü", "x…", "data:,a"],
    "method": ["get", "POST", "x", "a b", "PATCH-IT"],
    "data": ['{"a":1}', "a=b&c=d", "<?xml?>", "plain", {"a": {"b": [1, 2]}}, "[]", "1"],
    "sdk_name": ["macOS", "iOS", "Windows", "Linux", "linux"],
    "help_link": ["http://a/b", "ftp://x", ""],
    "raw_description": ["Microsoft Windows NT 6.3.9600.0", ".NET Core 2.0", "Mac OS X 10.14.2 (18C54)", "Linux 4.11", ".NET Framework 4.8"],
    "build": ["461814", "18C54", 5],
    "op": ["http.server", "db", "ui.load", "app_start_cold", ""],
    "number": [1, 2, 11, 22, 9999],
    "code": [0, 1, 2, 3, 8],
    "exception": [1, 6, 10, 5],
    "filename": ["a.py", "", "http://h/a/b.js", "/x/a.py", "x" * 300],
    "abs_path": ["/x/a.py", "", "http://h/a/b.js?q", "file:///c/d.js", "app:///e"],
    "function": ["main", "?", "", "f" * 600],
    "symbol": ["_main", "?", "s" * 300],
    "family": ["iPhone", "Mac", "x"],
    "model": ["iPhone8,1", "iPhone15,2", "Pixel 5"],
    "name": ["Linux", "Windows", "CPython", "sentry.javascript.browser", "x", ""],
}

MEASUREMENTS = ["lcp", "FCP", " fid ", "frames_total", "frames_slow", "frames_frozen", "stall_total_time", "bad name", "x.y", ""]


def pick(rng, choices):
    chosen = rng.choice(choices)
    return chosen


def typed(rng, kind, name="", depth=0):
    """A value of a type; now and then anything."""
    if rng.random() < 0.06 or depth > 9:
        return value(rng, 2)
    if name in NAMED and rng.random() < 0.6:
        return rng.choice(NAMED[name])
    if kind in fields.RECORDS:
        return record(rng, kind, depth)
    if kind.startswith("values<"):
        elements = [typed(rng, kind[7:-1], "", depth + 1) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
        return rng.choice([{"values": elements}, elements, elements[0] if elements else {}])
    if kind.startswith("["):
        return [typed(rng, kind[1:-1], "", depth + 1) for _ in range(rng.choice([0, 1, 2, 4]))]
    if kind == "{Measurement}" or kind == "measurements":
        return {rng.choice(MEASUREMENTS): typed(rng, "Measurement", "", depth + 1) for _ in range(rng.randrange(4))}
    if kind.startswith("{"):
        return {rng.choice(KEYS): typed(rng, kind[1:-1], "", depth + 1) for _ in range(rng.randrange(5))}
    if kind == "contexts":
        return contexts(rng, depth)
    if kind == "debugImage":
        return image(rng, depth)
    if kind == "frameVars":
        return rng.choice([value(rng, 1), [value(rng, 3)], {"k%d" % i: value(rng, 3) for i in range(rng.choice([2, 40]))}])
    if kind in WORDS:
        return rng.choice(WORDS[kind])
    if kind in ("value", "extraValue"):
        return value(rng, 1)
    return rng.choice(TEXTS) if rng.random() < 0.9 else value(rng, 3)


def record(rng, name, depth=0):
    """A record with some of its fields, sometimes an unknown one."""
    known = fields.RECORDS[name]
    share = rng.choice([0.1, 0.3, 0.9]) if len(known) < 40 else rng.choice([0.02, 0.1, 0.3])
    result = {
        key: typed(rng, kind, key, depth + 1) for key, kind in known.items() if rng.random() < share
    }
    if rng.random() < 0.15:
        result[rng.choice(KEYS)] = value(rng, 2)
    items = list(result.items())
    rng.shuffle(items)
    return dict(items)


def contexts(rng, depth):
    result = {}
    for _ in range(rng.choice([0, 1, 2, 4])):
        kind = rng.choice(sorted(fields.CONTEXTS))
        context = record(rng, fields.CONTEXTS[kind], depth + 1)
        if rng.random() < 0.3:
            context["type"] = rng.choice([kind, kind, "os", "odd", 5])
        result[kind if rng.random() < 0.8 else rng.choice(KEYS)] = context
    if rng.random() < 0.2:
        result[rng.choice(KEYS)] = value(rng, 1)
    return result


def image(rng, depth):
    kind, record_name = rng.choice([
        ("apple", "AppleDebugImage"), ("elf", "NativeDebugImage"), ("macho", "NativeDebugImage"),
        ("pe", "NativeDebugImage"), ("wasm", "NativeDebugImage"), ("symbolic", "NativeDebugImage"),
        ("proguard", "ProguardDebugImage"), ("jvm", "JvmDebugImage"), ("sourcemap", "SourceMapDebugImage"),
        ("bad", "NativeDebugImage"),
    ])
    result = record(rng, record_name, depth + 1)
    if rng.random() < 0.95:
        result["type"] = kind
    return result


def transaction(rng):
    """An event that is a complete transaction, with whatever else."""
    result = record(rng, "Event")
    spans = []
    for number in range(rng.choice([0, 1, 3, 6])):
        span = record(rng, "Span", 1) if rng.random() < 0.5 else {}
        start = 1717149600 + rng.randrange(0, 4000) / 1000
        span.update(
            trace_id="4c79f60c11214eb38604f4ae0781bfb2", span_id="%016x" % (number + 2),
            start_timestamp=start, timestamp=start + rng.randrange(0, 3000) / 1000)
        if rng.random() < 0.8:
            span["parent_span_id"] = "%016x" % rng.choice([1, 1, max(number + 1, 1)])
        spans.append(span)
    result.update(
        type="transaction", start_timestamp=1717149600.5, timestamp=1717149603.75, spans=spans)
    trace = record(rng, "TraceContext", 1)
    trace.update(trace_id="4c79f60c11214eb38604f4ae0781bfb2", span_id="%016x" % 1)
    found = result.get("contexts")
    result["contexts"] = dict(found if isinstance(found, dict) else {}, trace=trace)
    return result


REPORTS = {
    "expectct": {"date_time": "2014-04-06T13:00:50Z", "hostname": "www.example.com", "port": 443, "scts": []},
    "hpkp": {"date_time": "2014-04-06T13:00:50Z", "hostname": "example.com", "known_pins": ['pin-sha256="dUezRu9zOECb901Md727xWltNsj0e6qzGk"']},
    "expectstaple": {"date_time": "2014-04-06T13:00:50Z", "hostname": "www.example.com", "response_status": "ERROR"},
    "nel": {"age": 31042, "type": "network-error", "body": {"type": "http.error", "status_code": 500}},
}


def report(rng):
    """A security or network report."""
    result = record(rng, "Event")
    kind = rng.choice(["csp", *sorted(REPORTS)])
    result["type"] = kind
    result[kind] = record(rng, "Csp", 1) if kind == "csp" else dict(REPORTS[kind])
    return result


def feedback(rng):
    result = record(rng, "Event")
    result["type"] = "feedback"
    found = result.get("contexts")
    result["contexts"] = dict(
        found if isinstance(found, dict) else {},
        feedback={"message": rng.choice(TEXTS), "contact_email": "a@b.c", "name": "n", "url": "http://a/b"})
    return result


def typed_event(rng):
    """An event of any type made of the schema's fields."""
    make = rng.choice([lambda r: record(r, "Event"), transaction, report, feedback, transaction])
    return make(rng)
