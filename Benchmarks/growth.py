#!/usr/bin/env python3
"""Doubles what a stranger can make larger, and prints how the cost of an event grows.

    python3 Benchmarks/growth.py [--relay .build/release/relay] [--only TEXT] [--instructions]
                                 [--rounds N] [--markdown]

Each case runs `relay process-event --ndjson`; the cost of a run with an empty event is taken off.
The cost is CPU time, of which the best of some rounds counts, or with --instructions what valgrind
counts, which is the same on every machine but takes 50 times as long. A ratio above 2.3 means that
the cost grows faster than the size; small costs are noise and not judged. Exit status 1 if a ratio of
the last two doublings is above it.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

RATIO_MAX = 2.3

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


class ProcessorTime:
    """CPU time in milliseconds."""

    unit = "ms"
    events = 10
    judged = 1.0

    def __init__(self, relay, rounds, folder):
        self.relay, self.rounds = relay, rounds

    def run(self, arguments, data):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([self.relay, *arguments], input=data, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


class Instructions:
    """Millions of instructions. Valgrind cannot read the debugging symbols, so a copy has none."""

    unit = "million instructions"
    events = 4
    judged = 1.0
    rounds = 1

    def __init__(self, relay, rounds, folder):
        self.relay = str(folder / "relay")
        subprocess.run(["strip", "-o", self.relay, relay], check=True)

    def run(self, arguments, data):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", self.relay,
             *arguments],
            input=data, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True,
            env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"})
        return int(re.search(rb"Collected : ([0-9]+)", done.stderr)[1]) / 1e6


class Case:
    """Events of one size with their configuration, which is compiled once for all of them."""

    def __init__(self, event, config, arguments, config_file, count):
        self.empty_arguments = ["process-event", "--ndjson", *arguments]
        self.arguments = list(self.empty_arguments)
        if config is not None:
            config_file.write_text(json.dumps(config))
            self.arguments += ["--pii-config", str(config_file)]
        line = event if isinstance(event, str) else json.dumps(event)
        self.data = (line + "\n").encode() * count
        self.best = self.empty = float("inf")

    def measure(self, meter):
        self.empty = min(self.empty, meter.run(self.empty_arguments, b"{}\n"))
        self.best = min(self.best, meter.run(self.arguments, self.data))


def costs_of_event(meter, sizes, make, folder):
    """In each round every size is measured once: a phase in which the machine is slow meets all."""
    cases = [Case(*make(size), folder / f"{size}.json", meter.events) for size in sizes]
    for _ in range(meter.rounds):
        for case in cases:
            case.measure(meter)
    return [max(case.best - case.empty, 1e-6) / meter.events for case in cases]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relay", default=".build/release/relay")
    parser.add_argument("--only", default="")
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    worse = 0
    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        meter = (Instructions if options.instructions else ProcessorTime)(
            options.relay, options.rounds, folder)
        if options.markdown:
            print(f"| what doubles | from | to | {meter.unit} per event | ratios |\n"
                  "|---|---|---|---|---|")
        for name, sizes, make in CASES:
            if options.only not in name:
                continue
            costs = costs_of_event(meter, sizes, make, folder)
            ratios = [late / early for early, late in zip(costs, costs[1:])]
            is_worse = any(
                ratio > RATIO_MAX and early > meter.judged
                for ratio, early in list(zip(ratios, costs))[-2:])
            worse += is_worse
            measured = " ".join(f"{cost:.2f}" for cost in costs)
            shown = " ".join(f"{ratio:.1f}" for ratio in ratios) + (" !" if is_worse else "")
            if options.markdown:
                print(f"| {name.replace('|', chr(92) + '|')} | {sizes[0]:,} | {sizes[-1]:,} "
                      f"| {measured} | {shown} |", flush=True)
            else:
                print(f"{name:45} {sizes[0]:>7}–{sizes[-1]:<8} {measured:45} {shown}", flush=True)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
