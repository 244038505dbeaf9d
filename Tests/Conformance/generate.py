"""Generated events and seeded mutations of events."""

import copy
import random

from typed import typed_event
from values import KEYS, REPEATED, TEXTS, value

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
    for number in range(count):
        yield event(rng) if number % 2 else typed_event(rng)


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
            action = rng.randrange(6)
            if action == 0 and isinstance(node, dict):
                del node[key]
            elif action == 1 and isinstance(node, dict):
                node[rng.choice(KEYS)] = value(rng)
            elif action == 2 and isinstance(node[key], str):
                node[key] = node[key] * rng.choice([2, 50])
            elif action == 3 and isinstance(node[key], list) and node[key]:
                node[key] = node[key] * rng.choice([2, 20])
            elif action == 4 and isinstance(node, dict):
                node[key + REPEATED] = copy.deepcopy(node[key]) if rng.random() < 0.3 else value(rng)
            else:
                node[key] = value(rng)
        yield result
