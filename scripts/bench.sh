#!/usr/bin/env bash
# Prints all benchmarks. Each compares with a reference in the same run, because absolute times say
# little on a shared machine.
set -euo pipefail
cd "$(dirname "$0")/.."

title() { printf '\n== %s\n' "$*"; }

title "JSON core"
RELAY_LEAN=1 swift run -c release --package-path Benchmarks JSONBenchmark

if [ -d Benchmarks/Sources/ProcessorBenchmark ]; then
    title "Processor"
    RELAY_LEAN=1 swift run -c release --package-path Benchmarks ProcessorBenchmark
fi

title "Pipeline against nginx proxy_pass"
for tool in nginx wrk; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: $tool is not installed (apt-get install nginx wrk)"
        exit 0
    fi
done
python3 Benchmarks/pipeline.py "$@"
