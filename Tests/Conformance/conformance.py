#!/usr/bin/env python3
"""Feeds the same events and configuration to the reference (the Python package sentry-relay) and
to `relay process-event --ndjson`, and compares what comes out, `_meta` and `errors` included.

    python conformance.py --relay .build/release/relay [--events FOLDER] [--generated N]
                          [--mutations N] [--seed S] [--modes normalise,scrub,both] [--seconds S]

Three modes: normalise; scrub with the default settings of a project; both, one after the other.
Prints the first difference of each event and a table of the paths that differ, for each mode and
kind of event the share that is identical. Exit status 1 if fewer than --required per cent of any
of them are.
"""

import argparse
import collections
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from sentry_relay.processing import (
    StoreNormalizer,
    convert_datascrubbing_config,
    pii_strip_event,
)

import generate
from compare import differences, pattern
from values import REPEATED

CONFIG = {
    "project_id": 42,
    "client": "sentry.python/1.2.3",
    "key_id": "4711",
    "protocol_version": "7",
    "received_at": "2024-06-01T12:00:00Z",
    "client_ip": "93.184.216.34",
    "enable_trimming": True,
    "remove_other": True,
    "normalize_user_agent": True,
    "normalize_spans": True,
}

# The settings of a new project.
SCRUBBING = {"scrubData": True, "scrubDefaults": True}

MODES = ("normalise", "scrub", "both")

# Events that are read, compared and forgotten together.
BATCH = 2000


class Engines:
    """The reference and the relay, set up the same way."""

    def __init__(self, relay, config, folder):
        self.relay = relay
        self.normalizer = StoreNormalizer(**config)
        self.pii = convert_datascrubbing_config(SCRUBBING)
        self.store_file = pathlib.Path(folder) / "store.json"
        self.store_file.write_text(json.dumps(config))
        self.pii_file = pathlib.Path(folder) / "pii.json"
        self.pii_file.write_text(json.dumps(self.pii))

    def ours(self, mode, lines):
        command = [self.relay, "process-event", "--ndjson"]
        if mode != "scrub":
            command += ["--store", "--store-config", str(self.store_file)]
        if mode != "normalise":
            command += ["--pii-config", str(self.pii_file)]
        output = subprocess.run(
            command, input=b"\n".join(lines) + b"\n", stdout=subprocess.PIPE, check=True
        ).stdout.splitlines()
        if len(output) != len(lines):
            sys.exit(f"{len(lines)} events in, {len(output)} lines out")
        return map(json.loads, output)

    def reference(self, mode, line):
        """None if the event cannot be handed to the reference."""
        try:
            text = line.decode("utf-8", "surrogateescape")
            if mode == "scrub":
                return pii_strip_event(self.pii, text, json_dumps=as_text)
            event = self.normalizer.normalize_event(raw_event=narrowed(text))
            return event if mode == "normalise" else pii_strip_event(self.pii, event)
        except UnicodeError:
            return None
        except Exception as error:  # the package has one class per kind of error
            return {"rejected": type(error).__name__, "detail": str(error).split("\n")[0]}


# Strings, and integers of more than 19 digits.
WIDE = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d{20,}(?![\d.eE])')


def narrowed(text):
    """Integers beyond 64 bits as fractions: the reference replaces them by 0 before it
    normalises (docs/CONFORMANCE.md)."""

    def narrow(match):
        token = match.group()
        is_wide = token[0] != '"' and int(token.lstrip("-")) >= 2**64
        return token + ".0" if is_wide else token

    return WIDE.sub(narrow, text)


def as_text(value):
    """JSON of a value; events come as text already."""
    return value if isinstance(value, str) else json.dumps(value)


def without_random_ids(event, ours):
    """Gives our event the reference's id where both had to make one up (docs/CONFORMANCE.md)."""
    if not isinstance(event, dict) or not isinstance(ours, dict):
        return event, ours
    left, right = event.get("event_id"), ours.get("event_id")
    if left and right and left != right:
        text = json.dumps(ours).replace(right, left).replace(right[:16], left[:16])
        ours = json.loads(text)
    return event, ours


def reread(event):
    """An event as it is after the reference read and wrote it; nothing else changes. Its two calls
    of `both` do so in between, the relay does both in one go."""
    if not isinstance(event, dict) or "rejected" in event:
        return event
    return pii_strip_event({}, event)


def comparable(event):
    if isinstance(event, dict) and "rejected" in event:
        return {"rejected": True}
    return event


def is_same(reference, ours):
    reference, ours = without_random_ids(reference, ours)
    return not list(differences(comparable(reference), comparable(ours)))


class Tally:
    """What was found in one mode for one kind of events."""

    def __init__(self):
        self.events = 0
        self.identical = 0
        self.table = collections.Counter()
        self.examples = {}
        self.failed = []

    def add(self, name, reference, ours):
        self.events += 1
        found = []
        if reference is not None:
            reference, ours = without_random_ids(reference, ours)
            found = list(differences(comparable(reference), comparable(ours)))
        if not found:
            self.identical += 1
            return
        if len(self.failed) < 1000:
            self.failed.append((name, found[0]))
        for path, left, right in found:
            self.examples.setdefault(pattern(path), (name, left, right))
        for key in {pattern(path) for path, _, _ in found}:
            self.table[key] += 1

    @property
    def share(self):
        return 100 * self.identical / max(self.events, 1)

    def show(self, failed, rows):
        for name, (path, left, right) in self.failed[:failed]:
            print(f"{name}: {'.'.join(map(str, path))}")
            print(f"    reference {str(left)[:200]}\n    relay     {str(right)[:200]}")
        for key, count in self.table.most_common(rows):
            name, left, right = self.examples[key]
            print(f"{count:6} {key}   [{name}] {str(left)[:150]!r} | {str(right)[:150]!r}")


def stored_events(folder, only):
    for file in sorted(pathlib.Path(folder).glob("*.json")):
        if file.name == "manifest.json" or only not in file.name:
            continue
        text = file.read_bytes()
        try:
            line = json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")
        except (ValueError, UnicodeError):
            line = text.replace(b"\n", b" ").replace(b"\r", b" ")
        yield file.name, line


def encoded(kind, events):
    for number, event in enumerate(events):
        yield f"{kind}-{number}", as_line(event)


def as_line(event):
    """The event as JSON; keys marked as repeated lose their mark."""
    text = json.dumps(event, ensure_ascii=False).replace(REPEATED, "")
    return text.encode("utf-8", "replace")


def sources(arguments):
    """(kind, events as (name, line)) in the order they are compared."""
    stored = list(stored_events(arguments.events, arguments.only)) if arguments.events else []
    generated = list(
        encoded("generated", generate.events(arguments.generated, arguments.seed)))
    bases = [json.loads(line) for _, line in stored + generated if line.startswith(b"{")]
    yield "stored", stored
    yield "generated", generated
    yield "mutation", encoded(
        "mutation", generate.mutations(bases, arguments.mutations, arguments.seed))


def compare(arguments, engines):
    """A tally per (mode, kind)."""
    tallies = collections.defaultdict(Tally)
    started = time.monotonic()
    for kind, events in sources(arguments):
        events = iter(events)
        while batch := list(itertools.islice(events, BATCH)):
            for mode in arguments.modes.split(","):
                ours = engines.ours(mode, [line for _, line in batch])
                for (name, line), right in zip(batch, ours):
                    left = engines.reference(mode, line)
                    if mode == "both" and not is_same(left, right):
                        right = reread(right)
                    tallies[mode, kind].add(name, left, right)
            seconds = time.monotonic() - started
            if arguments.progress:
                done = sum(tally.events for tally in tallies.values())
                print(f"\r{done} events compared, {seconds:.0f} s", end="", file=sys.stderr)
            if seconds > arguments.seconds:
                print(f"\nstopped after {seconds:.0f} s", file=sys.stderr)
                return tallies
    if arguments.progress:
        print(file=sys.stderr)
    return tallies


def argument_parser(description):
    """What every comparison over events can be told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--relay", default=".build/release/relay")
    parser.add_argument("--events", help="folder of events, one JSON file each")
    parser.add_argument("--only", default="", help="part of the file names to take")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--required", type=float, default=99.5)
    return parser


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--generated", type=int, default=500)
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after that time")
    parser.add_argument("--progress", action="store_true")
    parser.add_argument("--table", type=int, default=15)
    parser.add_argument("--config", default="{}", help="JSON that is laid over the configuration")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = dict(CONFIG, **json.loads(arguments.config))
        tallies = compare(arguments, Engines(arguments.relay, config, folder))
    for (mode, kind), tally in tallies.items():
        if tally.failed:
            print(f"--- {mode}, {kind}")
            tally.show(arguments.show, arguments.table)
    print()
    for (mode, kind), tally in tallies.items():
        counts = f"{tally.identical} of {tally.events} identical"
        print(f"{mode:10} {kind:10} {counts} ({tally.share:.2f} %)")
    if any(tally.share < arguments.required for tally in tallies.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
