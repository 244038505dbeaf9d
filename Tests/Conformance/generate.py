"""Generated events and seeded mutations of events."""

import copy
import random

TEXTS = [
    "", " ", "a", "Error: boom", "ValueError: bad\nsecond line", "é" * 10, "x" * 300, "x" * 9000,
    "http://example.com/a/b.js?x=1#frag", "/usr/lib/x.py", "?", "none", "latest", "2024-05-31T10:00:00Z",
    "2024-05-31T10:00:00", "1717149600", "{}", "[1,2]", "a=b&c=d", "1.2.3.4", "{{auto}}", "::1", "0x1f",
    "dfb8e43a-f242-3d73-a453-aeb6a777ef75", "a" * 32, "b" * 16, "\u0000", "😀", "true", "null",
    "%s and %d", "{} {0}", "A" * 64, "foo/bar", "\n", "tab\there",
]
NUMBERS = [0, 1, -1, 7, 30, 1.5, -0.0, 1e10, 1717149600.25, 2**31, 2**53, 2**63, 2**64 - 1, 1e300, 404]
KEYS = [
    "type", "value", "message", "level", "data", "foo", "id", "name", "version", "", "a b", "é",
    "timestamp", "values", "frames", "filename", "tags", "extra", "contexts", "user", "k" * 250,
]


def value(rng, depth=0):
    kind = rng.randrange(8 if depth < 4 else 5)
    if kind < 2:
        return rng.choice(TEXTS)
    if kind == 2:
        return rng.choice(NUMBERS)
    if kind == 3:
        return rng.choice([True, False, None])
    if kind == 4:
        return rng.choice(TEXTS)
    if kind == 5:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(KEYS): value(rng, depth + 1) for _ in range(rng.randrange(5))}


def frame(rng):
    result = {}
    for key, choices in {
        "function": ["main", "?", "", "f" * 600], "filename": ["a.py", "", "http://h/a/b.js"],
        "abs_path": ["/x/a.py", "", "http://h/a/b.js?q", None], "lineno": [1, "2", -1, 1.5],
        "in_app": [True, False, None], "pre_context": [["a", None], [], ["x"] * 5],
        "context_line": ["line", None, ""], "post_context": [["b"], None],
        "vars": [{"a": "1", "b": {"c": [1]}}, ["x"], {"k%d" % i: "v" * 100 for i in range(40)}],
        "instruction_addr": ["0x1f", 31, "zz"], "module": ["m"], "platform": ["native"],
    }.items():
        if rng.random() < 0.4:
            result[key] = copy.deepcopy(rng.choice(choices))
    return result


def event(rng):
    result = {"event_id": "%032x" % rng.getrandbits(128)}
    if rng.random() < 0.5:
        result["exception"] = {
            "values": [
                {
                    "type": rng.choice(["ValueError", "", None, "T" * 300]),
                    "value": rng.choice(TEXTS),
                    "stacktrace": {"frames": [frame(rng) for _ in range(rng.choice([0, 1, 3, 60]))]},
                    "mechanism": {
                        "type": rng.choice(["generic", ""]), "handled": rng.choice([True, "x"]),
                        "meta": {"errno": {"number": rng.randrange(40)},
                                 "signal": {"number": rng.randrange(32), "code": rng.randrange(8)}},
                    },
                }
                for _ in range(rng.randrange(3))
            ]
        }
    pieces = {
        "level": ["error", "warning", "log", 40, "bad"], "platform": ["python", "javascript", "x"],
        "timestamp": [1717149600, "2024-06-01T11:00:00Z", "bad", 1], "message": TEXTS,
        "logentry": [{"message": "a %s", "params": ["b"]}, {"formatted": "x", "message": "x"}, {}],
        "tags": [{"a": 1, "b c": "x"}, [["a", "b"], ["a", "c"], None], {"environment": "prod"}],
        "release": ["a@1", "latest", " x ", "", 5], "environment": ["prod", "none", "a/b"],
        "dist": ["1", "a b", "x" * 70], "user": [{"id": 1, "foo": 2}, {"ip_address": "{{auto}}"}, {}],
        "request": [
            {"url": "http://a/b?c=d#e", "method": "get", "data": '{"a":1}', "headers": {"cookie": "a=b", "X": "y"}},
            {"url": "/x", "query_string": {"b": 1, "a": [1]}, "cookies": "a=b; c=d"},
        ],
        "breadcrumbs": [[{"message": "m", "timestamp": 1717149600}], {"values": [{"ty": "http", "data": {"a": 1}}]}],
        "extra": [{"a": value(rng), "b": value(rng)}], "modules": [{"a": "1", "b": 2}],
        "contexts": [{"os": {"name": "Linux", "version": "5"}, "x": {"a": value(rng)}},
                     {"runtime": {"raw_description": ".NET Core 2.0"}, "trace": {"trace_id": "a" * 32, "span_id": "b" * 16}}],
        "sdk": [{"name": "a", "version": "1"}, {"name": "x"}], "server_name": ["host"], "logger": ["l" * 80],
        "fingerprint": [["a", 1, True, None], ["x", {}]], "transaction": ["/t", " t "],
        "threads": [{"values": [{"id": 1, "name": "main", "stacktrace": {"frames": [frame(rng)]}}]}],
        "debug_meta": [{"images": [{"type": "elf", "debug_id": "dfb8e43af2423d73a453aeb6a777ef75", "code_file": "x"},
                                   {"type": "apple", "name": "x"}, {"type": "bad"}]}],
        "unknown_key": [1],
    }
    for key, choices in pieces.items():
        if rng.random() < 0.3:
            result[key] = copy.deepcopy(rng.choice(choices))
    return result


def events(count, seed):
    rng = random.Random(seed)
    for _ in range(count):
        yield event(rng)


def places(node, found):
    if isinstance(node, dict):
        for key in node:
            found.append((node, key))
            places(node[key], found)
    elif isinstance(node, list):
        for index in range(len(node)):
            found.append((node, index))
            places(node[index], found)


def mutations(bases, count, seed):
    """Events with a few values replaced, removed, added, or enlarged."""
    if not bases:
        return
    rng = random.Random(seed + 1)
    for _ in range(count):
        result = copy.deepcopy(rng.choice(bases))
        for _ in range(rng.randrange(1, 4)):
            found = []
            places(result, found)
            if not found:
                break
            node, key = rng.choice(found)
            action = rng.randrange(5)
            if action == 0 and isinstance(node, dict):
                del node[key]
            elif action == 1 and isinstance(node, dict):
                node[rng.choice(KEYS)] = value(rng)
            elif action == 2 and isinstance(node[key], str):
                node[key] = node[key] * rng.choice([2, 50])
            elif action == 3 and isinstance(node[key], list) and node[key]:
                node[key] = node[key] * rng.choice([2, 20])
            else:
                node[key] = value(rng)
        yield result
