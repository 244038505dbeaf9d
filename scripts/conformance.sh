#!/usr/bin/env bash
# Compares the event engine with the reference, the Python package sentry-relay, on generated events
# and seeded mutations. What may differ: docs/CONFORMANCE.md. Arguments go to the driver, e.g.
# `scripts/conformance.sh --mutations 100000 --seed 7 --events FOLDER`.
set -euo pipefail
cd "$(dirname "$0")/.."

relay=${RELAY_BIN:-.build/release}/relay
[ -x "$relay" ] || { echo "error: no $relay: run make build" >&2; exit 1; }
python=${RELAY_PYTHON:-.venv/bin/python}
# The generated cases are meaner than any real event; all but a few of them are identical.
"$python" Tests/Conformance/conformance.py --relay "$relay" --required 99.5 "$@"
# Drawn options of normalisation.
"$python" Tests/Conformance/options.py --relay "$relay" --cases "${OPTION_CASES:-500}" \
    ${RELAY_EVENTS:+--events "$RELAY_EVENTS"}
# Messages with parameters.
"$python" Tests/Conformance/messages.py --relay "$relay"
# The selectors that are suggested for an event.
"$python" Tests/Conformance/suggestions.py --relay "$relay" \
    ${RELAY_EVENTS:+--events "$RELAY_EVENTS"}
# Personal data: generated (selector, rule, redaction, value) cases; see docs/CONFORMANCE-PII.md.
"$python" Tests/Conformance/pii_grid.py --relay "$relay" --count "${PII_CASES:-2000}"
# Inbound filters: normalise-then-filter over a grid and generated cases; see docs/FILTERS.md.
"$python" Tests/Conformance/filters.py --relay "$relay" --cases "${FILTER_CASES:-3000}" \
    ${RELAY_EVENTS:+--events "$RELAY_EVENTS"}
