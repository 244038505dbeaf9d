#!/usr/bin/env python3
"""Feeds the same events and configuration to the reference (the Python package sentry-relay) and
to `relay process-event --ndjson --store`, and compares what comes out, `_meta` and `errors`
included.

    python conformance.py --relay .build/release/relay [--events FOLDER] [--generated N]
                          [--mutations N] [--seed S] [--show N]

Prints the first difference of each event and a table of the paths that differ. Exit status 1 if
fewer than --required per cent of the events are identical.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

from sentry_relay.processing import StoreNormalizer

import generate
from compare import differences, pattern

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
}

# Random ids that both sides make up; compared by their form only. See docs/CONFORMANCE.md.
RANDOM = ("event_id",)


def reference(lines, config):
    normalizer = StoreNormalizer(**config)
    for line in lines:
        try:
            yield normalizer.normalize_event(raw_event=line.decode("utf-8", "surrogateescape"))
        except UnicodeError:
            yield None
        except Exception as error:  # the package has one class per kind of error
            text = str(error).split("\n")[0]
            yield {"rejected": type(error).__name__, "detail": text}


def relay(command, lines, config):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(config, file)
        file.flush()
        output = subprocess.run(
            [part.replace("CONFIG", file.name) for part in command],
            input=b"\n".join(lines) + b"\n", stdout=subprocess.PIPE, check=True,
        ).stdout
    return [json.loads(line) for line in output.splitlines()]


def without_random_ids(event, ours):
    """Gives our event the reference's id where both had to make one up."""
    if not isinstance(event, dict) or not isinstance(ours, dict):
        return event, ours
    left, right = event.get("event_id"), ours.get("event_id")
    if left and right and left != right:
        text = json.dumps(ours).replace(right, left).replace(right[:16], left[:16])
        ours = json.loads(text)
    return event, ours


def comparable(event):
    if isinstance(event, dict) and "rejected" in event:
        return {"rejected": True}
    return event


def run(arguments):
    names, lines = [], []
    if arguments.events:
        for file in sorted(pathlib.Path(arguments.events).glob("*.json")):
            if file.name == "manifest.json":
                continue
            if arguments.only and arguments.only not in file.name:
                continue
            text = file.read_bytes()
            try:
                line = json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")
            except (ValueError, UnicodeError):
                line = text.replace(b"\n", b" ").replace(b"\r", b" ")
            names.append(file.name)
            lines.append(line)
    for number, event in enumerate(generate.events(arguments.generated, arguments.seed)):
        names.append(f"generated-{number}")
        lines.append(json.dumps(event, ensure_ascii=False).encode("utf-8"))
    bases = [json.loads(line) for line in lines if line.startswith(b"{")]
    for number, event in enumerate(
        generate.mutations(bases, arguments.mutations, arguments.seed)
    ):
        names.append(f"mutation-{number}")
        lines.append(json.dumps(event, ensure_ascii=False).encode("utf-8", "replace"))

    config = dict(CONFIG, **json.loads(arguments.config))
    command = [arguments.relay] + arguments.arguments.split()
    ours = relay(command, lines, config)
    if len(ours) != len(lines):
        sys.exit(f"{len(lines)} events in, {len(ours)} lines out")

    identical, table, examples = 0, collections.Counter(), {}
    failed = []
    for name, line, left, right in zip(names, lines, reference(lines, config), ours):
        if left is None:
            identical += 1
            continue
        left, right = without_random_ids(left, right)
        found = list(differences(comparable(left), comparable(right)))
        if not found:
            identical += 1
            continue
        failed.append((name, found[0]))
        for key in {pattern(path) for path, _, _ in found}:
            table[key] += 1
        for path, a, b in found:
            examples.setdefault(pattern(path), (name, path, a, b))
    for name, (path, a, b) in failed[: arguments.show]:
        print(f"{name}: {'.'.join(map(str, path))}\n    reference {str(a)[:200]}\n    relay     {str(b)[:200]}")
    print()
    for key, count in table.most_common(arguments.table):
        name, path, a, b = examples[key]
        print(f"{count:6} {key}   [{name}] {str(a)[:150]!r} | {str(b)[:150]!r}")
    share = 100 * identical / max(len(lines), 1)
    print(f"\n{identical} of {len(lines)} events identical ({share:.2f} %)")
    return share


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relay", default=".build/release/relay")
    parser.add_argument("--arguments", default="process-event --ndjson --store --store-config CONFIG")
    parser.add_argument("--events")
    parser.add_argument("--only")
    parser.add_argument("--generated", type=int, default=500)
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--table", type=int, default=60)
    parser.add_argument("--config", default="{}", help="JSON that is laid over the configuration")
    parser.add_argument("--required", type=float, default=99.5)
    arguments = parser.parse_args()
    if run(arguments) < arguments.required:
        sys.exit(1)


if __name__ == "__main__":
    main()
