#!/usr/bin/env python3
"""Compares `relay filter test` with the judge in filters_judge.py, which filters after the reference
(sentry-relay) has normalised: the same reason for every pair of settings and event.

    python filters.py --relay .build/release/relay [--events FOLDER] [--cases N] [--globs N]
                      [--seed S] [--show N]

Three parts: every event of the folder (or generated ones) with every settings of a grid; generated
events with generated settings; generated globs with generated texts. Exit status 1 on a difference.
"""

import argparse
import collections
import itertools
import json
import pathlib
import re
import subprocess
import sys

from sentry_relay.pattern import Pattern
from sentry_relay.processing import StoreNormalizer

import filters_judge
from filters_cases import GRID, MESSAGES, PATTERNS, Cases

ADDRESS = "93.184.216.34"
AGENT = "Mozilla/5.0 (compatible; MSIE 8.0; Windows NT 6.0; Trident/4.0)"
CONFIG = {
    "project_id": 42,
    "client_ip": ADDRESS,
    "user_agent": AGENT,
    "enable_trimming": True,
    "remove_other": True,
    "normalize_user_agent": True,
}

# A pair of surrogates or an escaped backslash, which stay, or one half.
SURROGATE = re.compile(
    r"(\\\\)|(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


class Judge:
    def __init__(self, address):
        self.address = address
        self.normalizer = StoreNormalizer(**{**CONFIG, "client_ip": address})
        self.events = {}

    def normalized(self, text):
        """None if the event is refused."""
        if text not in self.events:
            # The relay reads half of a surrogate pair as U+FFFD, the reference refuses it.
            whole = SURROGATE.sub(lambda m: m[0] if m[1] or m[2] else r"\ufffd", text)
            try:
                self.events[text] = self.normalizer.normalize_event(raw_event=whole)
            except Exception:  # the package has one class per kind of error
                self.events[text] = None
        return self.events[text]

    def reason(self, settings, text):
        event = self.normalized(text)
        return None if event is None else filters_judge.reason(event, settings, self.address)


def ask_relay(relay, address, cases):
    lines = [json.dumps(settings) + "\t" + event for settings, event in cases]
    output = subprocess.run(
        [relay, "filter", "test", "--ndjson", "--settings-per-line",
         "--client-ip", address, "--user-agent", AGENT, "--no-inferred-address"],
        input="\n".join(lines).encode() + b"\n", stdout=subprocess.PIPE, check=True,
    ).stdout.splitlines()
    if len(output) != len(lines):
        sys.exit(f"{len(lines)} events in, {len(output)} lines out")
    return [json.loads(line)["reason"] for line in output]


class Tally:
    def __init__(self, show):
        self.show = show
        self.decisions = 0
        self.different = 0
        self.reasons = collections.Counter()

    def compare(self, title, relay, address, cases):
        judge = Judge(address)
        before = self.decisions, self.different
        for (settings, event), ours in zip(cases, ask_relay(relay, address, cases)):
            wanted = judge.reason(settings, event)
            self.decisions += 1
            self.reasons[wanted] += 1
            if wanted != ours:
                self.different += 1
                if self.different <= self.show:
                    print(f"DIFFERENT: reference {wanted}, relay {ours}")
                    print("  settings", json.dumps(settings))
                    print("  event   ", event[:3000])
        print(f"{title}: {self.decisions - before[0]} decisions, "
              f"{self.different - before[1]} different")


def folder_events(folder):
    for path in sorted(pathlib.Path(folder).rglob("*.json")):
        text = path.read_bytes().decode("utf-8", "replace").strip("\ufeff")
        text = text.replace("\n", " ").replace("\r", " ").replace("\t", " ")
        try:
            event = json.loads(text)
        except ValueError:
            continue
        if isinstance(event, dict) and "events" not in event:
            yield text


def compare_globs(relay, count, cases):
    """Globs against the reference's, through a filter for error messages."""
    alphabet = "ab*?[]{},!-\\Ak.: ß\u212aé"
    pairs = []
    for _ in range(count):
        glob = cases.pick(PATTERNS) if cases.chance(0.2) else "".join(
            cases.pick(alphabet) for _ in range(cases.random.randint(1, 9)))
        text = cases.pick(MESSAGES) if cases.chance(0.2) else "".join(
            cases.pick("abAk.: ßé*[-,!}") for _ in range(cases.random.randint(1, 8)))
        pairs.append((glob, text))
    asked = []
    for glob, text in pairs:
        condition = {"op": "glob", "name": "event.extra.a", "value": [glob]}
        settings = {"generic": {"version": 1, "filters": [
            {"id": "glob", "isEnabled": True, "condition": condition}]}}
        asked.append((settings, json.dumps({"extra": {"a": text}})))
    different = 0
    for (glob, text), ours in zip(pairs, ask_relay(relay, ADDRESS, asked)):
        try:
            wanted = Pattern(glob, case_insensitive=True).is_match(text)
        except Exception:  # a pattern that cannot be read is ignored
            wanted = False
        if wanted != (ours is not None):
            different += 1
            if different <= 10:
                print(f"DIFFERENT glob {glob!r} text {text!r}: reference {wanted}")
    print(f"globs: {count} matches, {different} different")
    return different


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--relay", required=True)
    parser.add_argument("--events", help="folder of .json events for the grid")
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--globs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    options = parser.parse_args()

    tally = Tally(options.show)
    cases = Cases(options.seed)
    events = list(folder_events(options.events)) if options.events else []
    events += [cases.event() for _ in range(100)]
    tally.compare("grid", options.relay, ADDRESS, list(itertools.product(GRID, events)))
    generated = [(cases.settings(), cases.event()) for _ in range(options.cases)]
    for address in (ADDRESS, "127.0.0.1", "8.8.8.8"):
        part, generated = generated[:options.cases // 3 + 1], generated[options.cases // 3 + 1:]
        tally.compare(f"generated, sender {address}", options.relay, address, part)
    different = tally.different + compare_globs(options.relay, options.globs, cases)
    print(f"{tally.decisions} decisions; by reason: " + ", ".join(
        f"{name or 'kept'} {count}" for name, count in tally.reasons.most_common(20)))
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
