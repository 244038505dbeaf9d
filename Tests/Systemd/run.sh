#!/usr/bin/env bash
# Installs the .deb in a machine with a real systemd and tests it there: see check.py.
# Needs root and a kernel that lets us boot the machine; skips where it cannot.
#   RELAY_SYSTEMD_REQUIRED=1  fails instead of skipping (CI)
#   RELAY_SYSTEMD_ROUNDS=4    rolling restarts; default 25
#   RELAY_SYSTEMD_KILLS=4     SIGKILLs of each process; default 12
#   RELAY_SYSTEMD_RATE=200    requests per second; default 500
#   RELAY_SYSTEMD_SECONDS=600 ends the run after this time; default 300
#   RELAY_SYSTEMD_CHECKS=kill some checks only, by their names in check.py
#   RELAY_SYSTEMD_ROOT=DIR    a Debian tree to boot from, instead of this host's
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
name=relay-test-$$

skip() {
    echo "systemd tests skipped: $*"
    if [ "${RELAY_SYSTEMD_REQUIRED:-}" = 1 ]; then exit 1; fi
    exit 0
}
[ "$(id -u)" = 0 ] || skip "they need root"
for tool in systemctl unshare nsenter setpriv script; do
    command -v "$tool" >/dev/null || skip "$tool is missing"
done
[ -x /lib/systemd/systemd ] || skip "systemd is not installed"

package=${1:-$(find out -maxdepth 1 -name "relay_*_$(dpkg --print-architecture).deb" \
    -printf '%T@ %p\n' 2>/dev/null | sort -rn | head -1 | cut -d' ' -f2-)}
[ -n "$package" ] && [ -f "$package" ] || { echo "error: no package in out: run \`make deb\`" >&2; exit 1; }

work=$(mktemp -d)
trap '"$here/stop.sh" "$name"; rm -rf "$work"' EXIT
cp "$package" "$work/relay.deb"
cp "$here"/*.py "$work/"

options=(--owner $$ --bind-ro "$work")
if [ -n "${RELAY_SYSTEMD_ROOT:-}" ]; then options+=(--root "$RELAY_SYSTEMD_ROOT"); fi
if ! "$here/boot.sh" "$name" "${options[@]}" >"$work/boot.log" 2>&1; then
    tail -n 20 "$work/boot.log"
    skip "the machine does not boot here"
fi
status=0
settings="RELAY_SYSTEMD_ROUNDS=${RELAY_SYSTEMD_ROUNDS:-25}"
settings+=" RELAY_SYSTEMD_KILLS=${RELAY_SYSTEMD_KILLS:-12}"
settings+=" RELAY_SYSTEMD_RATE=${RELAY_SYSTEMD_RATE:-500} PYTHONDONTWRITEBYTECODE=1"
settings+=" RELAY_SYSTEMD_BREAK=${RELAY_SYSTEMD_BREAK:-}"
# shellcheck disable=SC2086
SDH_ENV=$settings timeout "${RELAY_SYSTEMD_SECONDS:-300}" "$here/exec.sh" "$name" \
    /usr/bin/python3 -u "$work/check.py" "$work/relay.deb" ${RELAY_SYSTEMD_CHECKS:-} || status=$?
if [ "$status" != 0 ]; then
    echo "--- journal of the machine"
    "$here/exec.sh" "$name" journalctl -b -o short-precise --no-pager -u 'relay*' | tail -n 80
    exit "$status"
fi
