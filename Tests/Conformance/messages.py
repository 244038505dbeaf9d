#!/usr/bin/env python3
"""Compares what the reference and `relay process-event` make of messages with parameters.

    python messages.py --relay .build/release/relay

Every template is tried with all parameters. Prints what differs; exit status 1 if anything does.
"""

import argparse
import itertools
import json
import subprocess
import sys

from sentry_relay.processing import StoreNormalizer

PERCENT = [f"a %{part} z" for part in (
    "s d i u o x X e E f F g G c r a q p @ b % .2f 5d -5s 05d +d ld lld hd hhd hls Lf qd zd *d .*f -*s"
    " #x #X #o #d #r .s .-2f 00d +-d l h 1$s 5% 5 (k)s (k)d (k)x (k)5.2f (z)s ()s (0)s (_)s (é)s"
    " (k)%").split()] + [
    "a % d", "a %", "100% a", "50% off %s", "%s %s", "%s %%", "%r %r", "%s%s%s", "%.*f %s", "%s {}",
    "x{}y%sz", "%(k) s", "%(a b)s", "%(a-b)s", "%(k)s %(k)s", "%d %(k)s", "%(k)s %s", "é\n%s", "%"]
BRACES = [
    "{}", "{} {}", "{0}", "{1}", "{10}", "{00}", "{0} {0}", "{0} {}", "{} {0} {}", "{k}", "{z}", "{k} {}",
    "{k}{0}", "{_}", "{é}", "{{}}", "{{}} {}", "{{}", "{}}", "{{", "}}", "{", "{} }", "{:e}", "{:>5}",
    "{0:d}", "{!r}", "{k!r}", "{k:x}", "{:}", "{} {:x}", "{:#?}", "{ k }", "{k.a}", "{k[0]}", "{a-b}",
    "{a b}", "{-1}", "{$}", "{}{}{}"]
PARAMETERS = [
    ["b"], ["b", "c"], [""], ['q"x'], ["é"], ["1.0"], [1], [-1], [255], [2**64 - 1], [1.0], [-0.0], [1.5],
    [1e10], [1e16], [1e21], [1e-7], [1.5e300], [0.1, 100.0, 3], [1, 2, 3], [True], [False, 2], [None],
    ["b", None], [[1, "x"]], [[1.0, 1e21]], [{"a": 1.0, "b": [2]}], [], {}, {"k": "v"}, {"k": 1.0},
    {"k": 10}, {"k": -1.5e-9}, {"k": None}, {"k": {"a": 1}}, {"0": "zero"}, {"_": 1},
    {"a-b": 1, "a b": 2, "é": 3}, "text", 5]


def indents(template, parameters):
    """`#` before a list or object: the reference writes it indented (docs/CONFORMANCE.md)."""
    values = parameters if isinstance(parameters, list) else []
    return "%#" in template and any(isinstance(value, (list, dict)) for value in values)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relay", default=".build/release/relay")
    options = parser.parse_args()
    cases = [
        case for case in itertools.product(PERCENT + BRACES, PARAMETERS) if not indents(*case)]
    lines = [
        json.dumps({"logentry": {"message": template, "params": parameters}})
        for template, parameters in cases]
    output = subprocess.run(
        [options.relay, "process-event", "--ndjson", "--store"], input="\n".join(lines) + "\n",
        stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    if len(output) != len(lines):
        sys.exit(f"{len(lines)} events in, {len(output)} lines out")
    normalizer = StoreNormalizer(project_id=1)
    differing = 0
    for line, ours in zip(lines, output):
        reference = normalizer.normalize_event(raw_event=line)["logentry"]
        entry = json.loads(ours)["logentry"]
        if any(reference.get(name) != entry.get(name) for name in ("formatted", "message")):
            differing += 1
            print(f"{line}\n    reference {reference}\n    relay     {entry}")
    print(f"messages: {len(cases)} cases, {differing} differ")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
