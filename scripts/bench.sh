#!/usr/bin/env bash
# Prints all benchmarks. Each compares with a reference in the same run, because absolute times say
# little on a shared machine.
set -euo pipefail
cd "$(dirname "$0")/.."

title() { printf '\n== %s\n' "$*"; }

title "JSON core"
RELAY_LEAN=1 swift run -c release --package-path Benchmarks JSONBenchmark

title "Inbound filters against parsing"
RELAY_LEAN=1 swift run -c release --package-path Benchmarks FilterBenchmark \
    ${RELAY_EVENTS:+--events "$RELAY_EVENTS"}

title "Event engine against the reference"
RELAY_LEAN=1 swift build -c release --package-path Benchmarks --product ProcessorBenchmark
if [ -x .venv/bin/python ]; then
    .venv/bin/python Benchmarks/engine.py ${RELAY_EVENTS:+--events "$RELAY_EVENTS"}
else
    echo "skipped: no .venv (make setup-test)"
fi

title "Pipeline against nginx proxy_pass"
for tool in nginx wrk; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: $tool is not installed (apt-get install nginx wrk)"
        exit 0
    fi
done
python3 Benchmarks/pipeline.py "$@"
