#!/usr/bin/env bash
# Builds the fuzz targets with libFuzzer and ASan and runs them, FUZZ_JOBS at a time (default 2).
#
#   Tests/Fuzz/run.sh [SECONDS] [TARGET...]      default: 60 seconds for each target
#
# HTTP, the front door, needs SwiftNIO and TLS, whose first build takes many minutes: it runs only
# when it is named.
#
# For every target TARGET (executable FuzzTARGET):
#   FailCases/TARGET/  inputs that failed once; replayed first, all must pass
#   Corpus/TARGET/     small seeds, in version control; new finds stay in .build/corpus/TARGET
# A crash stops the run with status 1; its input is in FailCases/TARGET (commit it with the fix).
#
# FUZZ_MERGE=1 afterwards keeps in Corpus/ the smallest set of inputs with the same coverage.
set -euo pipefail
cd "$(dirname "$0")"

seconds=60
if [[ "${1:-}" =~ ^[0-9]+$ ]]; then seconds=$1; shift; fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for folder in Sources/Fuzz*/; do
        name=$(basename "$folder"); name=${name#Fuzz}
        case $name in Support | HTTP) ;; *) targets+=("$name") ;; esac
    done
fi

# The toolchain's own runtime is complete; without it (a toolchain of a distribution) Debian's
# clang brings one that fits.
resources=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")/lib/clang
runtime=$(find -L "$resources" -name 'libclang_rt.fuzzer-*.a' 2>/dev/null | head -1 || true)
link=()
if [ -z "$runtime" ]; then
    find_debian() { find /usr/lib/llvm-*/lib/clang -name 'libclang_rt.fuzzer-*.a' 2>/dev/null | tail -1; }
    runtime=$(find_debian)
    if [ -z "$runtime" ]; then
        ${SUDO-$([ "$(id -u)" = 0 ] || echo sudo)} apt-get install -y --no-install-recommends libclang-rt-14-dev
        runtime=$(find_debian)
    fi
    link=(-Xlinker "$runtime" -Xlinker -lstdc++)
    sanitizers=(-sanitize=address -sanitize-coverage=edge,inline-8bit-counters,pc-table)
else
    sanitizers=(-sanitize=fuzzer,address)
fi

# Optimised, because unoptimised pointer code is fifty times slower, but with assertions.
flags=(-c release -j "${FUZZ_JOBS:-2}" -Xswiftc -use-ld=lld)
for flag in "${sanitizers[@]}" -assert-config Debug; do flags+=(-Xswiftc "$flag"); done
flags+=("${link[@]}")

# The sanitizer reports crashes; Swift's own reporter would trip over it and hang.
export SWIFT_BACKTRACE=enable=no
# Hash seeds of the process would change what is covered, and with it which inputs come next.
export SWIFT_DETERMINISTIC_HASHING=1
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0}"

# Sets `build`, the arguments that a target is built with.
set_build_arguments() {
    export RELAY_LEAN=1
    build=("${flags[@]}" --scratch-path .build)
    if [ "$1" = HTTP ]; then
        # Its parts are not public, and its package graph is another one.
        unset RELAY_LEAN
        build=("${flags[@]}" --scratch-path .build/full -Xswiftc -enable-testing)
    fi
}

# Runs a target; prints its figures, or the end of its log on a failure.
run_target() {
    local target=$1 program=$2 fails=FailCases/$1 seeds=Corpus/$1 found=.build/corpus/$1
    # a run with a stated seed starts from the kept inputs alone, so that it can be repeated
    if [ -n "${FUZZ_SEED:-}" ]; then found=.build/seeded/$target; rm -rf "$found"; fi
    mkdir -p "$fails" "$seeds" "$found"
    # ASan keeps freed memory aside and the corpus grows: 2.5 GiB is far from a leak that matters
    local options=("-seed=${FUZZ_SEED:-0}" -rss_limit_mb=2560 -timeout=10 -print_final_stats=1
        "-artifact_prefix=$fails/")
    [ -f "Dictionaries/$target.dict" ] && options+=("-dict=Dictionaries/$target.dict")
    local title="== $target: $seconds s"
    if [ -n "$(ls -A "$fails")" ]; then
        "$program" "${options[@]}" "$fails"/* >/dev/null 2>".build/$target.replay.log" \
            || { echo "== $target: a former failure fails again"; cat ".build/$target.replay.log"; return 1; }
        title="$title, $(ls "$fails" | wc -l) former failures pass"
    fi
    "$program" "${options[@]}" "-max_total_time=$seconds" "-max_len=${FUZZ_MAX_LEN:-4096}" \
        "$found" "$seeds" 2>".build/$target.log" \
        || { echo "== $target: failed"; tail -60 ".build/$target.log"; return 1; }
    echo "$title
$(grep -E 'DONE|stat::number_of_executed_units|stat::average_exec_per_sec|stat::peak_rss_mb' ".build/$target.log")"
    if [ "${FUZZ_MERGE:-0}" = 1 ]; then
        local merged=.build/merged/$target
        rm -rf "$merged"; mkdir -p "$merged"
        "$program" -merge=1 -max_len=512 "$merged" "$seeds" "$found" 2>/dev/null
        rm -f "$seeds"/*; cp "$merged"/* "$seeds"/
    fi
}

programs=()
for target in "${targets[@]}"; do
    set_build_arguments "$target"
    swift build "${build[@]}" --product "Fuzz$target"
    programs+=("$(swift build "${build[@]}" --show-bin-path)/Fuzz$target")
done

# A target has one thread, so as many run at a time as there are processors.
failed=$PWD/.build/failed
rm -f "$failed"
for index in "${!targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "${FUZZ_JOBS:-2}" ]; do wait -n || true; done
    [ -e "$failed" ] && break
    { run_target "${targets[$index]}" "${programs[$index]}" || touch "$failed"; } &
done
wait
[ ! -e "$failed" ]
