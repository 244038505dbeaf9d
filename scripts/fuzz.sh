#!/usr/bin/env bash
# Runs the fuzz targets of what comes from outside, in their CI-sized form and with a fixed seed, so
# that a run can be repeated. FUZZ_SECONDS=600 for longer; arguments are names of targets
# (Tests/Fuzz/run.sh explains them): Event, PiiConfig, Selector, Pattern and Minidump are the
# processor's.
set -euo pipefail
if [ "$#" -eq 0 ]; then
    export FUZZ_SEED=${FUZZ_SEED:-1}
    set -- JSON JSONEdit Frames Envelope Compression Config Model Filter HTTP
fi
exec "$(dirname "$0")/../Tests/Fuzz/run.sh" "${FUZZ_SECONDS:-60}" "$@"
