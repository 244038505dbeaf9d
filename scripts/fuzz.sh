#!/usr/bin/env bash
# Runs every fuzz target that needs no event loop; FUZZ_SECONDS=600 for longer. Arguments are names
# of targets (Tests/Fuzz/run.sh explains them).
set -euo pipefail
exec "$(dirname "$0")/../Tests/Fuzz/run.sh" "${FUZZ_SECONDS:-10}" "$@"
