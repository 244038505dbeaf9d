#!/usr/bin/env python3
"""Compares the selectors that the reference suggests for an event with `relay pii suggestions`.

    python suggestions.py --relay .build/release/relay [--events FOLDER] [--generated N]
                          [--mutations N] [--seed S]

The lists must be the same, their order included. Prints the first difference of some events and the
share that is identical; exit status 1 if fewer than --required per cent of any kind are.
"""

import itertools
import json
import subprocess
import sys

from sentry_relay.processing import pii_selector_suggestions_from_event

from conformance import BATCH, argument_parser, as_text, sources


def ours(relay, lines):
    output = subprocess.run(
        [relay, "pii", "suggestions", "--ndjson"], input=b"\n".join(lines) + b"\n",
        stdout=subprocess.PIPE, check=True,
    ).stdout.splitlines()
    if len(output) != len(lines):
        sys.exit(f"{len(lines)} events in, {len(output)} lines out")
    return [json.loads(line) for line in output]


def reference(line):
    """None if the event cannot be handed to the reference."""
    try:
        text = line.decode("utf-8", "surrogateescape")
        return pii_selector_suggestions_from_event(text, json_dumps=as_text)
    except UnicodeError:
        return None
    except Exception:  # the package has one class per kind of error
        return "rejected"


def first_difference(left, right):
    """Text of the first difference between two lists, None if they are the same."""
    if left is None:
        return None
    if isinstance(right, dict):
        right = "rejected"
    if left == right:
        return None
    if not isinstance(left, list) or not isinstance(right, list):
        return f"reference {str(left)[:200]}\n    relay     {str(right)[:200]}"
    for index, (one, other) in enumerate(itertools.zip_longest(left, right)):
        if one != other:
            return f"[{index}]\n    reference {str(one)[:200]}\n    relay     {str(other)[:200]}"
    return None


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--generated", type=int, default=300)
    parser.add_argument("--mutations", type=int, default=500)
    arguments = parser.parse_args()
    is_good = True
    for kind, events in sources(arguments):
        events = iter(events)
        count = identical = 0
        while batch := list(itertools.islice(events, BATCH)):
            for (name, line), right in zip(batch, ours(arguments.relay, [line for _, line in batch])):
                difference = first_difference(reference(line), right)
                count += 1
                identical += difference is None
                if difference and count - identical <= arguments.show:
                    print(f"{name}: {difference}")
        if count:
            share = 100 * identical / count
            print(f"suggestions {kind:10} {identical} of {count} identical ({share:.2f} %)")
            is_good = is_good and share >= arguments.required
    if not is_good:
        sys.exit(1)


if __name__ == "__main__":
    main()
