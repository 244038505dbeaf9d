#!/usr/bin/env bash
# Sees the checks fail: breaks one thing at a time and expects the check that guards it to say so.
# Takes some minutes; `make soak` runs it.   broken.sh [CHECK...] for some only.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
failed=0

# broken CHECK EXPECTED BREAK: with the break (blanks written as ^), CHECK fails with the text.
broken() {
    if [ -n "$wanted" ] && ! grep -qw -- "$1" <<<"$wanted"; then return; fi
    local output
    if output=$(RELAY_SYSTEMD_REQUIRED=1 RELAY_SYSTEMD_ROUNDS=4 RELAY_SYSTEMD_KILLS=2 \
        RELAY_SYSTEMD_CHECKS=$1 RELAY_SYSTEMD_BREAK=$3 "$here/run.sh" 2>&1); then
        echo "NOT SEEN - $1: $3"
        failed=1
    elif ! grep -E "^FAILED - $1: .*($2)" <<<"$output"; then
        echo "WRONG FAILURE - $1: $3"
        grep "^FAILED\|^error" <<<"$output" || tail -n 5 <<<"$output"
        failed=1
    else
        echo "seen red - $1: $3"
    fi
}
wanted=$*

ingest=relay-ingest@.service processor=relay-processor@.service projects=relay-projects.service
broken install 'relay-projects.socket is' "mask|relay-projects.socket"
broken units 'relay-processor@1' "$processor|Service|PrivateNetwork=no|IPAddressDeny="
broken units 'verify' "$processor|Service|PrivateNetworks=no"
broken first-request 'first 200' "$ingest|Service|ExecStartPre=/bin/sleep^0.5"
broken status 'follows' "$processor|Service|NotifyAccess=none|Type=simple|WatchdogSec=0"
broken rights 'relay-processor@1' "$processor|Service|PrivateNetwork=no"
broken rights 'relay-ingest@1' "$ingest|Service|SupplementaryGroups=relay-credentials"
broken relay-id ', not' "identity"
broken no-network 'without network' \
    "$projects|Service|NoNewPrivileges=no|RestrictNamespaces=no|SystemCallFilter=|ProtectSystem=no"
broken reload 'a reload restarted a process|not within' \
    "$ingest|Service|ExecReload=|ExecReload=+/usr/bin/relay^-c^/etc/relay^config^check|ExecReload=/bin/kill^-TERM^\$MAINPID"
broken reload-load 'failed' "$ingest|Service|ExecReload=|ExecReload=/bin/kill^-KILL^\$MAINPID"
broken rolling '[1-9][0-9]* failed' "$ingest|Service|KillSignal=SIGKILL"
broken single '[1-9][0-9]* failed' "$ingest|Service|KillSignal=SIGKILL"
broken slow '.' "$ingest|Service|KillSignal=SIGKILL"
broken kill 'serves again' "$projects|Service|RestartSec=2s"
broken kill 'serves again' "$processor|Service|RestartSec=2s"
broken follow 'first frame|socket' "$ingest|Service|SystemCallFilter=~inotify_init1"
broken scaling 'left behind' "relay-processor@.socket|Socket|RemoveOnStop=no"
broken hung 'the watchdog ends it' "$processor|Service|WatchdogSignal=SIGCONT"
broken crash-loops 'closed after a crash loop|started only' "$ingest|Unit|StartLimitIntervalSec=60s"
broken upgrade 'refused|was restarted|failed' "postinst|systemctl^restart^relay-ingest.socket"
broken purge "left after purge" "postrm|exit^0"
exit "$failed"
