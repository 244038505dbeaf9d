#!/usr/bin/env bash
# Runs the fuzz targets that need no event loop, in their CI-sized form: a minute for each decoder of
# what comes from outside, a quarter of that for what lies behind them. FUZZ_SECONDS=600 for longer;
# arguments are names of targets (Tests/Fuzz/run.sh explains them; `HTTP` is built only when named).
set -euo pipefail
run="$(dirname "$0")/../Tests/Fuzz/run.sh"

if [ "$#" -gt 0 ]; then exec "$run" "${FUZZ_SECONDS:-60}" "$@"; fi
"$run" "${FUZZ_SECONDS:-60}" JSON JSONEdit Frames Envelope Compression Config
exec "$run" "${FUZZ_SECONDS:-15}" Model Event PiiConfig Selector Pattern Minidump
