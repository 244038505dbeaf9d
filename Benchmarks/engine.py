#!/usr/bin/env python3
"""The event engine against the reference engine: CPU time per event on the same events.

Both run on one core, in turns, with JSON bytes in and out; the reference is called through its C
interface and its compile of the configuration per call is taken off. Needs the Python package
`sentry-relay` (the test requirements bring it) for its library, and a C compiler.
"""

import argparse
import glob
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SETTINGS = {"scrubData": True, "scrubDefaults": True, "scrubIpAddresses": False,
            "excludeFields": [], "sensitiveFields": []}


def reference_library():
    found = importlib.util.find_spec("sentry_relay")
    if found is None:
        sys.exit("the reference is missing: pip install -r Tests/requirements.txt")
    return glob.glob(str(Path(found.origin).parent / "*.so"))[0]


def generated_events():
    sys.path.insert(0, str(FOLDER))
    import pipeline

    return [pipeline.make_event(size) for size in (2_000, 5_000, 10_240, 20_000, 40_000)]


def events(folder):
    if not folder:
        return generated_events()
    found = []
    for path in sorted(glob.glob(folder + "/*.json")):
        try:
            found.append(json.dumps(json.load(open(path)), separators=(",", ":")).encode())
        except ValueError:
            print(f"left out, no JSON: {path}", file=sys.stderr)
    return found


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [[float(cell) for cell in line.split("\t")] for line in done.stdout.splitlines()], \
        done.stderr.strip()


def report(name, ours, theirs, sizes):
    ratios = [their / max(our, 0.1) for our, their in zip(ours, theirs)]
    large = [ratio for ratio, size in zip(ratios, sizes) if size > 1024] or ratios
    tenths = statistics.quantiles(ratios, n=10) if len(ratios) > 1 else ratios * 9
    print(f"{name:22} ours {sum(ours) / 1000:8.2f} ms, reference {sum(theirs) / 1000:8.2f} ms, "
          f"ratio 1/{sum(theirs) / sum(ours):.1f}; {sum(sizes) / sum(ours):.0f} MB/s; per event "
          f"1/{min(ratios):.1f} worst, 1/{tenths[0]:.1f} 10 %, 1/{statistics.median(ratios):.1f} "
          f"median, above 1 KB worst 1/{min(large):.1f}")
    return ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", help="folder of *.json; generated events without it")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--steady", type=int, default=20_000,
                        help="events that the resident memory must stay the same for")
    parser.add_argument("--store", default="{}",
                        help="JSON that is laid over the store configuration")
    arguments = parser.parse_args()
    from sentry_relay.processing import convert_datascrubbing_config

    with tempfile.TemporaryDirectory(prefix="relay-bench-") as folder:
        folder = Path(folder)
        lines = events(arguments.events)
        (folder / "events").write_bytes(b"\n".join(lines) + b"\n")
        (folder / "store").write_text(json.dumps({
            "project_id": 42, "client_ip": "203.0.113.7", **json.loads(arguments.store)}))
        (folder / "pii").write_text(json.dumps(convert_datascrubbing_config(SETTINGS)))
        subprocess.run(["cc", "-O2", "-o", folder / "reference",
                        FOLDER / "reference" / "reference.c", "-ldl"], check=True)
        files = [str(folder / name) for name in ("store", "pii", "events")]
        ours_program = str(FOLDER / ".build" / "release" / "ProcessorBenchmark")
        pin = ["taskset", "-c", str(random.choice(sorted(os.sched_getaffinity(0))))]
        ours = theirs = None
        for turn in range(arguments.turns):
            more = [] if turn + 1 < arguments.turns else [str(arguments.steady)]
            mine, note = run([*pin, ours_program, *files, str(arguments.rounds), *more])
            their, their_note = run([*pin, folder / "reference", reference_library(), *files,
                                     str(arguments.rounds)])
            ours = mine if ours is None else [list(map(min, a, b)) for a, b in zip(ours, mine)]
            theirs = their if theirs is None else [
                list(map(min, a, b)) for a, b in zip(theirs, their)]
    accepted = [index for index, row in enumerate(theirs) if row[3] >= 0]
    if len(accepted) < len(theirs):
        print(f"{len(theirs) - len(accepted)} events that the reference refuses are left out")
    ours, theirs = [ours[index] for index in accepted], [theirs[index] for index in accepted]
    sizes = [row[0] for row in theirs]
    print(f"{len(sizes)} events, {sum(sizes) / 1e6:.2f} MB; reference: {their_note}")
    print(f"ours: {note}")
    report("normalise", [row[1] for row in ours], [row[1] for row in theirs], sizes)
    report("scrub", [row[2] for row in ours], [row[2] for row in theirs], sizes)
    ratios = report("both", [row[3] for row in ours], [row[1] + row[3] for row in theirs], sizes)
    bare = sum(row[4] for row in ours)
    copied = sum(row[5] for row in ours)
    print(f"both is {sum(row[3] for row in ours) / bare:.1f} times the bare parse and write of the "
          f"same bytes ({sum(sizes) / bare:.0f} MB/s), {sum(row[3] for row in ours) / copied:.0f} "
          f"times memcpy ({sum(sizes) / copied:.0f} MB/s)")
    print("worst ten events (both):")
    for ratio, size, our, their in sorted(zip(ratios, sizes, ours, theirs))[:10]:
        print(f"    1/{ratio:.1f}  {size:.0f} bytes: {our[3]:.1f} us against {their[1] + their[3]:.1f}")


if __name__ == "__main__":
    main()
