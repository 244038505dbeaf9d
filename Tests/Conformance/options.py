#!/usr/bin/env python3
"""Compares the reference and `relay process-event` under drawn options of normalisation.

    python options.py --relay .build/release/relay [--events FOLDER] [--cases N] [--seed S]

Each drawn configuration normalises a few events of all kinds. Prints the first difference of some
events with its configuration, and the share that is identical; exit status 1 below --required.
"""

import json
import random
import sys
import tempfile

from conformance import CONFIG, Engines, Tally, argument_parser, sources

# Events for each configuration.
EVENTS_PER_CONFIG = 10

USER_AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.1 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 13; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/116.0.0.0 Mobile Safari/537.36",
    "curl/8.0", "",
]
BRANDS = [
    '"Not_A Brand";v="99", "Google Chrome";v="109", "Chromium";v="109"', '"Opera";v="98"',
    '" Not A;Brand";v="99", "Chromium";v="96"', "odd", "",
]

# The values that an option can have; None stands for an option that is left out.
OPTIONS = {
    "project_id": [None, 42, 0, 2**64 - 1],
    "client": [None, "sentry.python/1.2.3", "raven-js/3.0.0", "odd", "/", ""],
    "key_id": [None, "4711", ""],
    "protocol_version": [None, "7", "5", ""],
    "client_ip": [None, "93.184.216.34", "::1", "{{auto}}"],
    "user_agent": [None, *USER_AGENTS],
    "received_at": [
        "2024-06-01T12:00:00Z", "2024-06-01T12:00:00.123456Z", "2024-05-31T10:00:00+02:00",
        "2034-01-01T00:00:00Z", "2014-01-01T00:00:00Z", "2024-07-01T12:00:00Z",
    ],
    "sent_at": [None, "2024-06-01T12:00:00Z", "2024-06-01T10:00:00Z", "2024-06-02T12:00:00Z"],
    "max_secs_in_future": [None, 0, 60, 86400, -5],
    "max_secs_in_past": [None, 0, 3600, 2_592_000, -5],
    "enable_trimming": [None, True, False],
    "is_renormalize": [None, None, False, True],
    "remove_other": [None, True, False],
    "normalize_user_agent": [None, True, False],
    "normalize_spans": [None, True, False],
    "replay_id": [None, None, "a" * 32, "4C79F60C-1121-4EB3-8604-F4AE0781BFB2"],
    "client_sample_rate": [None, None, 0.25, 1, 0],
    "grouping_config": [None, None, {"id": "newstyle:2023-01-11", "enhancements": "e"}, "x", 5],
    "breakdowns": [
        None, {"span_ops": {"type": "spanOperations", "matches": ["http", "db", "ui"]}},
    ],
}

HINTS = {
    "sec_ch_ua": [None, *BRANDS],
    "sec_ch_ua_platform": [None, '"macOS"', "Windows", '"Android"', ""],
    "sec_ch_ua_platform_version": [None, '"13.2.1"', "10.0.0", ""],
    "sec_ch_ua_model": [None, '"K"', "x", ""],
}


def configuration(rng):
    """Some options, the others as usual."""
    result = dict(CONFIG)
    for name, values in OPTIONS.items():
        if rng.random() < 0.4:
            result[name] = rng.choice(values)
    if rng.random() < 0.4:
        hints = {name: rng.choice(values) for name, values in HINTS.items()}
        result["client_hints"] = {name: text for name, text in hints.items() if text is not None}
    return {name: value for name, value in result.items() if value is not None}


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--cases", type=int, default=500, help="events to normalise")
    parser.add_argument("--table", type=int, default=15)
    arguments = parser.parse_args()
    arguments.generated = max(arguments.cases // 4, 1)
    arguments.mutations = max(arguments.cases // 2, 1)
    rng = random.Random(arguments.seed)
    pool = [event for _, events in sources(arguments) for event in events]
    tally = Tally()
    configurations = 0
    with tempfile.TemporaryDirectory() as folder:
        while tally.events < arguments.cases:
            config = configuration(rng)
            engines = Engines(arguments.relay, config, folder)
            batch = rng.choices(pool, k=EVENTS_PER_CONFIG)
            identical, shown = tally.identical, tally.events - tally.identical
            for (name, line), right in zip(
                batch, engines.ours("normalise", [line for _, line in batch])
            ):
                name = f"{name} under {configurations}"
                tally.add(name, engines.reference("normalise", line), right)
            if tally.identical < identical + len(batch) and shown < arguments.show:
                changed = {name: config.get(name) for name in {*config, *CONFIG}
                           if CONFIG.get(name) != config.get(name)}
                print(f"{configurations}: {json.dumps(changed)}")
            configurations += 1
    tally.show(arguments.show, arguments.table)
    print(f"options    {configurations} configurations, "
          f"{tally.identical} of {tally.events} identical ({tally.share:.2f} %)")
    if tally.share < arguments.required:
        sys.exit(1)


if __name__ == "__main__":
    main()
