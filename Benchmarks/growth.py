#!/usr/bin/env python3
"""Doubles what a stranger can make larger, and prints how the CPU time of an event grows.

    python3 Benchmarks/growth.py [--relay .build/release/relay] [--only TEXT] [--markdown]

Each case runs `relay process-event --ndjson`; the time of a run with an empty event is taken off, the
best of three counts. A ratio above 2.3 means that time grows faster than size; times below a
millisecond are not judged. Exit status 1 if a ratio of the last two doublings is above it.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import tempfile

RATIO_MAX = 2.3
JUDGED_MILLISECONDS = 1.0
EVENTS = 10

COMMON = {"applications": {"**": ["@common"], "$frame.abs_path": ["@userpath"]}}
EVERYTHING = {"applications": {"$string": [
    "@ip", "@imei", "@mac", "@uuid", "@email", "@creditcard", "@iban", "@userpath", "@pemkey",
    "@urlauth", "@usssn", "@password", "@bearer"]}}


def pattern_config(pattern):
    return {"rules": {"p": {"type": "pattern", "pattern": pattern, "redaction": {"method": "mask"}}},
            "applications": {"$string": ["p"]}}


def in_extra(text):
    return {"extra": {"value": text}}


def event_of(size):
    crumbs = [
        {"message": f"GET /users/{number}?token=abc from 10.0.0.{number % 250}", "level": "info",
         "timestamp": 1717243200 + number, "data": {"mail": f"user{number}@example.com"}}
        for number in range(size // 160)]
    return {"message": "growth", "breadcrumbs": {"values": crumbs}}


def raw(text):
    """Ready-made JSON."""
    return text


# name, sizes, size -> (event or JSON text, piiConfig or None, further arguments)
CASES = [
    ("event, normalised", [1 << n for n in range(16, 21)],
     lambda n: (event_of(n), None, ["--store"])),
    ("event, normalised and scrubbed", [1 << n for n in range(16, 21)],
     lambda n: (event_of(n), COMMON, ["--store"])),
    ("keys of one object", [1 << n for n in range(12, 17)],
     lambda n: ({"extra": {f"key{i}": i for i in range(n)}}, COMMON, ["--store"])),
    ("tags", [1 << n for n in range(11, 16)],
     lambda n: ({"tags": [[f"tag{i}", f"v{i}"] for i in range(n)]}, COMMON, ["--store"])),
    ("exceptions", [1 << n for n in range(9, 14)],
     lambda n: ({"exception": {"values": [
         {"type": "E", "value": f"v{i}", "stacktrace": {"frames": [{"function": "f", "lineno": i}]}}
         for i in range(n)]}}, COMMON, ["--store"])),
    ("frames", [1 << n for n in range(11, 16)],
     lambda n: ({"stacktrace": {"frames": [
         {"function": f"f{i}", "abs_path": f"/home/u{i}/x.py"} for i in range(n)]}}, COMMON,
         ["--store"])),
    ("digits of one number", [1 << n for n in range(12, 17)],
     lambda n: (raw('{"extra":{"n":' + "9" * n + "}}"), COMMON, ["--store"])),
    ("escapes in one string", [1 << n for n in range(15, 20)],
     lambda n: (raw('{"extra":{"s":"' + "\\u00e9\\n" * (n // 8) + '"}}'), COMMON, ["--store"])),
    ("lone surrogates", [1 << n for n in range(15, 20)],
     lambda n: (raw('{"extra":{"s":"' + "\\ud800" * (n // 6) + '"}}'), COMMON, [])),
    ("rules, literal patterns", [100, 200, 400, 800, 1600],
     lambda n: (in_extra("nothing to see here " * 500), {
         "rules": {f"r{i}": {"type": "pattern", "pattern": f"secret{i}",
                             "redaction": {"method": "mask"}} for i in range(n)},
         "applications": {"$string": [f"r{i}" for i in range(n)]}}, [])),
    ("rules, regular expressions", [100, 200, 400, 800, 1600],
     lambda n: (in_extra("nothing to see here " * 500), {
         "rules": {f"r{i}": {"type": "pattern", "pattern": f"s[a-f]+{i}\\w*",
                             "redaction": {"method": "mask"}} for i in range(n)},
         "applications": {"$string": [f"r{i}" for i in range(n)]}}, [])),
    ("selectors", [500, 1000, 2000, 4000, 8000],
     lambda n: (event_of(1 << 15), {
         "applications": {f"extra.key{i}.**": ["@ip"] for i in range(n)}}, [])),
    ("`(a+)+$` against aaaa…!", [1 << n for n in range(15, 20)],
     lambda n: (in_extra("a" * n + "!"), pattern_config("(a+)+$"), [])),
    ("`.*[^A-Z]|[A-Z]` against AAAA…", [1 << n for n in range(15, 20)],
     lambda n: (in_extra("A" * n), pattern_config(".*[^A-Z]|[A-Z]"), [])),
    ("`(x+x+)+y` against xxxx…", [1 << n for n in range(15, 20)],
     lambda n: (in_extra("x" * n), pattern_config("(x+x+)+y"), [])),
] + [
    (f"all built-in rules against {name}", [1 << n for n in range(15, 20)],
     lambda n, unit=unit: (in_extra((unit * (n // len(unit) + 1))[:n]), EVERYTHING, []))
    for name, unit in [
        ("a@a@a@…", "a@"), ("a.a.a.…@", "a."), ("1111…", "1"), ("1-1-1-…", "1-"), ("::::…", ":"),
        ("1:1:1:…", "1:"), ("1.1.1.…", "1."), ("token token …", "token "), ("bearer bearer …", "bearer "),
        ("-----BEGIN …", "-----BEGIN PRIVATE KEY-----\n"), ("http://a:http://a:…", "http://a:"),
        ("/home/home/…", "/home"), ("GB82 GB82 …", "GB82 "), ("a@b.cd a@b.cd …", "a@b.cd "),
        ("127.0.0.1 …", "127.0.0.1 "), ("ÄÄÄÄ…", "Ä"), ("password …", "passwor ")]
]


def seconds(command, data):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def milliseconds(relay, event, config, arguments, folder):
    """CPU time of one event; the configuration is compiled once per EVENTS events."""
    command = [relay, "process-event", "--ndjson", *arguments]
    empty = min(seconds(command, b"{}\n") for _ in range(3))
    if config is not None:
        file = pathlib.Path(folder) / "config.json"
        file.write_text(json.dumps(config))
        command += ["--pii-config", str(file)]
    line = event if isinstance(event, str) else json.dumps(event)
    data = (line + "\n").encode() * EVENTS
    best = min(seconds(command, data) for _ in range(3))
    return max(best - empty, 1e-6) * 1000 / EVENTS


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relay", default=".build/release/relay")
    parser.add_argument("--only", default="")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    worse = 0
    if options.markdown:
        print("| what doubles | from | to | ms per event | ratios |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, sizes, make in CASES:
            if options.only not in name:
                continue
            times = [milliseconds(options.relay, *make(size), folder) for size in sizes]
            ratios = [late / early for early, late in zip(times, times[1:])]
            is_worse = any(
                ratio > RATIO_MAX and early > JUDGED_MILLISECONDS
                for ratio, early in list(zip(ratios, times))[-2:])
            worse += is_worse
            measured = " ".join(f"{time:.2f}" for time in times)
            shown = " ".join(f"{ratio:.1f}" for ratio in ratios) + (" !" if is_worse else "")
            if options.markdown:
                print(f"| {name.replace('|', chr(92) + '|')} | {sizes[0]:,} | {sizes[-1]:,} "
                      f"| {measured} | {shown} |", flush=True)
            else:
                print(f"{name:45} {sizes[0]:>7}–{sizes[-1]:<8} {measured:45} {shown}", flush=True)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
