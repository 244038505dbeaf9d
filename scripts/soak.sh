#!/usr/bin/env bash
# The long run of the package: on a minimal Debian tree, which has nothing but what the package
# depends on, with a real systemd, under load; then the checks themselves. Needs root, mmdebstrap and a Debian mirror.
#   RELAY_BIN            folder of the executables; default .build/release
#   RELAY_SOAK_MIRROR    Debian mirror; default: that of this machine
#   RELAY_SYSTEMD_*      as in Tests/Systemd/run.sh; here 100 rounds and 50 kills
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
    echo "soak of the package skipped: it needs root"
    [ "${RELAY_SYSTEMD_REQUIRED:-}" != 1 ]
    exit
fi
if ! command -v mmdebstrap >/dev/null; then
    apt-get install -y -q mmdebstrap >/dev/null || {
        echo "error: mmdebstrap is missing and cannot be installed" >&2
        exit 1
    }
fi

package=$(scripts/build-deb.sh)
# The packages that Depends names, without versions and alternatives.
depends=$(dpkg-deb -f "$package" Depends | tr ',' '\n' \
    | sed -E 's/\|.*//; s/\([^)]*\)//; s/[[:space:]]//g' | paste -sd,)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
cp "$package" "$work/relay.deb"

# In the tree, before python3 (for the tests) brings libraries of its own.
cat >"$work/probe.sh" <<'PROBE'
set -eu
dpkg -i /relay.deb >/dev/null
for program in /usr/bin/relay /usr/lib/relay/relay-*; do
    if ldd "$program" | grep "not found"; then echo "$program lacks libraries" >&2; exit 1; fi
done
relay --version >/dev/null
relay -c /etc/relay config check
test -f /usr/share/uap-core/regexes.yaml
dpkg -P relay >/dev/null
echo "Depends are complete"
PROBE

echo "minimal Debian with $depends"
mmdebstrap --quiet --variant=minbase --include="systemd-sysv,dbus,$depends" \
    --customize-hook="copy-in $work/relay.deb $work/probe.sh /" \
    --customize-hook='chroot "$1" sh /probe.sh' \
    --customize-hook='chroot "$1" apt-get install -y -qq --no-install-recommends python3 iproute2 procps >/dev/null' \
    --customize-hook='rm "$1/relay.deb" "$1/probe.sh"' \
    bookworm "$tree" ${RELAY_SOAK_MIRROR:+"$RELAY_SOAK_MIRROR"}

RELAY_SYSTEMD_REQUIRED=1 RELAY_SYSTEMD_ROOT=$tree \
    RELAY_SYSTEMD_ROUNDS=${RELAY_SYSTEMD_ROUNDS:-100} \
    RELAY_SYSTEMD_KILLS=${RELAY_SYSTEMD_KILLS:-50} \
    RELAY_SYSTEMD_SECONDS=${RELAY_SYSTEMD_SECONDS:-1200} Tests/Systemd/run.sh "$package"

# And the checks themselves: each must fail when what it guards is broken.
Tests/Systemd/broken.sh
