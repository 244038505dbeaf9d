#!/usr/bin/env bash
# Starts a relay in capture mode with a demo project, sends one event through it, and shows the
# event before and after. Then it keeps running, unless RELAY_DEMO_EXIT=1.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${RELAY_BIN:-.build/release}
folder=out/demo
host=127.0.0.1
port=${RELAY_PORT:-3000}
project=1
key=5eedc0de5eedc0de5eedc0de5eedc0de
log=$folder/relay.log

bold=$'\033[1m' dim=$'\033[2m' red=$'\033[31m' green=$'\033[32m' plain=$'\033[0m'
if [ ! -t 1 ]; then bold='' dim='' red='' green='' plain=''; fi
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
fail() { printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2; exit 1; }

# Port 0: a free one, for tests beside a running demo.
if [ "$port" = 0 ]; then
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    folder=out/demo-$port
    log=$folder/relay.log
fi

mkdir -p "$folder/projects"
cat >"$folder/config.yml" <<CONFIG
# The demo's configuration: nothing leaves this machine. Every key: docs/CONFIG.md.
relay:
  mode: capture
  host: $host
  port: $port
CONFIG
cat >"$folder/projects/$project.json" <<PROJECT
{
  "projectId": $project,
  "slug": "demo",
  "publicKeys": [{"publicKey": "$key", "isEnabled": true}],
  "config": {
    "datascrubbingSettings": {"scrubData": true, "scrubDefaults": true},
    "piiConfig": {"applications": {"\$string": ["@email:replace"]}}
  }
}
PROJECT

event_id=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
event=$(cat <<EVENT
{
  "event_id": "$event_id",
  "platform": "python",
  "level": "error",
  "message": "Payment of jane.doe@example.com with card 4242 4242 4242 4242 failed",
  "user": {"id": "17", "email": "jane.doe@example.com", "ip_address": "{{auto}}"},
  "extra": {"password": "correct horse battery staple", "attempt": 3},
  "request": {
    "url": "https://shop.example.com/pay",
    "headers": [["Authorization", "Bearer c2VjcmV0LXRva2Vu"], ["User-Agent", "demo/1.0"]]
  }
}
EVENT
)
secrets='correct horse battery staple|4242 4242 4242 4242|jane\.doe@example\.com|c2VjcmV0LXRva2Vu'

# What follows runs with the relay in the background; it ends with this script, however that ends.
: >"$log"
env -u RELAY_PORT RUST_LOG="${RUST_LOG:-warn,relay=info}" "$bin/relay" -c "$folder" run "$@" 2> >(tee -a "$log" >&2) &
relay=$!
stop() { kill -TERM "$relay" 2>/dev/null || true; }
trap 'stop; wait "$relay" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for _ in $(seq 200); do
    if curl -fsS -o /dev/null "http://$host:$port/api/relay/healthcheck/live/" 2>/dev/null; then break; fi
    kill -0 "$relay" 2>/dev/null || fail "the relay did not start; is port $port taken? (RELAY_PORT=3001 make run)"
    sleep 0.05
done

pretty() { python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin), indent=2, ensure_ascii=False))'; }

title "An event before"
printf '%s\n' "$event"

answer=$(curl -sS -w '\n%{http_code}' "http://$host:$port/api/$project/store/" \
    -H 'Content-Type: application/json' \
    -H "X-Sentry-Auth: Sentry sentry_key=$key, sentry_version=7, sentry_client=demo/1.0" \
    --data-binary "$event")
[ "${answer##*$'\n'}" = 200 ] || fail "the event was answered: $answer"

envelope=$folder/captured.envelope
for _ in $(seq 200); do
    status=$(curl -sS -o "$envelope" -w '%{http_code}' "http://$host:$port/api/relay/events/$event_id/")
    if [ "$status" != 404 ]; then break; fi
    sleep 0.05
done
[ "$status" = 200 ] || fail "the captured event was answered $status: $(cat "$envelope")"

# An envelope is lines: its headers, then for each item headers and payload.
processed=$(sed -n 3p "$envelope")
title "and after"
printf '%s\n' "$processed" | pretty

if leaked=$(printf '%s' "$processed" | grep -oE "$secrets"); then
    fail "these secrets are still in the event: $leaked"
fi
printf '\n%s✔%s Password, card number, e-mail address and token are gone; _meta says which rule removed them.\n' \
    "$green" "$plain"

title "Try it"
cat <<TEXT
DSN for any Sentry SDK:

  http://$key@$host:$port/$project

Or send an event by hand and look at what became of it:

  curl http://$host:$port/api/$project/store/ \\
    -H 'X-Sentry-Auth: Sentry sentry_key=$key, sentry_version=7' \\
    -d '{"event_id": "00000000000000000000000000000001", "message": "my card is 4242424242424242"}'

  curl http://$host:$port/api/relay/events/00000000000000000000000000000001/

TEXT

if [ "${RELAY_DEMO_EXIT:-}" = 1 ]; then
    stop
    status=0
    wait "$relay" || status=$?
    trap - EXIT
    [ "$status" = 0 ] || fail "the relay ended with status $status"
    exit 0
fi
printf '%sRunning; configuration in %s, log in %s. Ctrl-C ends.%s\n' "$dim" "$folder" "$log" "$plain"
wait "$relay"
