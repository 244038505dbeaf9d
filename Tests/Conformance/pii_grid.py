"""Compares the personal-data engine with the reference library.

    pii_grid.py --relay PATH [--seed N] [--count N] [--boundaries] [--corpus DIR] [--show N]
    pii_grid.py --command "CMD" …

PATH is the `relay` executable; one `process-event --ndjson --config-per-line` takes all cases.
CMD reads one JSON object `{"config": …, "event": …}` per line and writes one event per line. The
reference is the Python package `sentry-relay` 0.10.1, which must be importable.
"""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import shlex
import subprocess
import sys

import pii_cases
from sentry_relay.processing import convert_datascrubbing_config, pii_strip_event


def reference(case: dict):
    try:
        return pii_strip_event(case["config"], case["event"])
    except Exception as error:  # The reference panics on some configurations.
        return {"EXC": type(error).__name__}


def difference(left, right, path: str = "") -> str | None:
    """The first place where two JSON trees differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(set(left) | set(right)):
            if key not in left:
                return f"{path}.{key}: only ours: {right[key]!r}"
            if key not in right:
                return f"{path}.{key}: only reference: {left[key]!r}"
            found = difference(left[key], right[key], f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, two) in enumerate(zip(left, right)):
            found = difference(one, two, f"{path}.{index}")
            if found:
                return found
        return None
    same = left == right and isinstance(left, bool) == isinstance(right, bool)
    return None if same else f"{path}: reference {left!r} ours {right!r}"


def corpus_cases(folder: str):
    settings = {"scrubData": True, "scrubDefaults": True, "scrubIpAddresses": True}
    default = convert_datascrubbing_config({**settings, "scrubIpAddresses": False})
    everything = convert_datascrubbing_config(settings)
    common = {"applications": {"**": ["@common"], "$frame.abs_path": ["@userpath"]}}
    for file in sorted(pathlib.Path(folder).glob("*.json")):
        content = json.loads(file.read_text())
        if not isinstance(content, dict):
            continue
        for config in (default, everything, common):
            yield {"config": config, "event": content, "file": file.name}


def run_command(command: str, cases: list) -> list[str]:
    lines = "".join(
        json.dumps({"config": case["config"], "event": case["event"]}) + "\n" for case in cases)
    run = subprocess.run(
        shlex.split(command), input=lines.encode(), stdout=subprocess.PIPE, check=False)
    return run.stdout.decode().split("\n")


def run_relay(path: str, cases: list) -> list[str]:
    lines = "".join(
        json.dumps(case["config"]) + "\t" + json.dumps(case["event"]) + "\n" for case in cases)
    run = subprocess.run(
        [path, "process-event", "--ndjson", "--config-per-line"], input=lines.encode(),
        stdout=subprocess.PIPE, check=True)
    answers = run.stdout.decode().split("\n")
    if len(answers) != len(cases) + 1:
        sys.exit(f"{len(cases)} events in, {len(answers) - 1} lines out")
    return answers


def main() -> int:
    parser = argparse.ArgumentParser()
    engine = parser.add_mutually_exclusive_group(required=True)
    engine.add_argument("--command")
    engine.add_argument("--relay")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--boundaries", action="store_true")
    parser.add_argument("--corpus")
    parser.add_argument("--show", type=int, default=10)
    options = parser.parse_args()
    if options.corpus:
        cases = list(corpus_cases(options.corpus))
    else:
        cases = list(pii_cases.cases(options.seed, options.count, options.boundaries))
    if options.relay:
        answers = run_relay(options.relay, cases)
    else:
        answers = run_command(options.command, cases)
    differing = 0
    panics = 0
    places: collections.Counter = collections.Counter()
    for number, case in enumerate(cases):
        expected = reference(case)
        if "EXC" in expected:
            panics += 1
            continue
        try:
            actual = json.loads(answers[number])
        except (ValueError, IndexError):
            actual = {"EXC": answers[number] if number < len(answers) else "no answer"}
        found = difference(expected, actual)
        if found is None:
            continue
        differing += 1
        places[found.split(":")[0].split(".")[1] if "." in found else "?"] += 1
        if differing <= options.show:
            print(f"--- case {number} {case.get('file', '')}: {found}")
            if "file" not in case:
                print("   config", json.dumps(case["config"], ensure_ascii=False))
                print("   event ", json.dumps(case["event"], ensure_ascii=False))
    print(f"{len(cases)} cases, {panics} refused by the reference, {differing} differ")
    for place, count in places.most_common():
        print(f"   {place}: {count}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
