#!/usr/bin/env bash
# Installs what is missing to build Relay on Debian 12: libraries' headers and a few tools. With
# --test also what the tests need: Python packages in .venv. Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

with_tests=0
for argument in "$@"; do
    case "$argument" in
        --test) with_tests=1 ;;
        *) echo "usage: $0 [--test]" >&2; exit 64 ;;
    esac
done

packages=(
    ca-certificates curl dpkg-dev git pkg-config python3
    libbrotli-dev libdeflate-dev libmaxminddb-dev libre2-dev libsqlite3-dev libsystemd-dev
    libyaml-dev libzstd-dev uap-core zlib1g-dev
)
if [ "$with_tests" = 1 ]; then packages+=(python3-venv); fi

say() { if [ -t 1 ]; then printf '\033[2m%s\033[0m\n' "$*"; else printf '%s\n' "$*"; fi; }
fail() { echo "error: $*" >&2; exit 1; }

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

check_toolchain() {
    command -v swift >/dev/null \
        || fail "no Swift toolchain found: install Swift 6.3 from https://www.swift.org/install/linux/"
    local version
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -1)
    case "$version" in
        6.[3-9] | 6.[1-9][0-9] | [7-9].* | [1-9][0-9].*) ;;
        *) fail "Swift 6.3 or newer is needed, found ${version:-an unknown version}" ;;
    esac
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=DEBIAN_FRONTEND "$@"
    else
        fail "these packages are missing and only root can install them: ${missing[*]}"
    fi
}

# apt-get, silent unless it fails.
apt() {
    local log status=0
    log=$(mktemp)
    as_root apt-get -q -y -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || status=$?
    if [ "$status" != 0 ]; then tail -n 30 "$log" >&2; fi
    rm -f "$log"
    return "$status"
}

install_packages() {
    missing=()
    local package
    for package in "${packages[@]}"; do
        is_installed "$package" || missing+=("$package")
    done
    if [ "${#missing[@]}" = 0 ]; then return; fi
    command -v apt-get >/dev/null \
        || fail "no apt-get here; install the equivalents of: ${missing[*]}"
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt update || say "the package lists could not be refreshed; trying with the old ones"
    # The headers must have exactly the version of the installed library; apt alone would take the
    # newest, and refuse when the library is older.
    local wanted=() systemd_version
    systemd_version=$(dpkg-query -W -f='${Version}' libsystemd0 2>/dev/null || true)
    for package in "${missing[@]}"; do
        if [ "$package" = libsystemd-dev ] && [ -n "$systemd_version" ] \
            && apt-cache madison libsystemd-dev | grep -qF " $systemd_version "; then
            wanted+=("libsystemd-dev=$systemd_version")
        elif [ "$package" = libsystemd-dev ]; then
            # That version is gone from the archive: library and headers move on together.
            wanted+=(libsystemd-dev libsystemd0)
        else
            wanted+=("$package")
        fi
    done
    apt install --no-install-recommends "${wanted[@]}" || fail "cannot install ${wanted[*]}"
}

# .venv is made anew when the list of packages has changed.
install_python_packages() {
    local stamp=.venv/.installed sum
    sum=$(sha256sum Tests/requirements.txt | cut -d' ' -f1)
    if [ "$(cat "$stamp" 2>/dev/null || true)" = "$sum" ]; then return; fi
    say "installing the Python packages of the tests into .venv"
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r Tests/requirements.txt
    echo "$sum" >"$stamp"
}

check_toolchain
install_packages
if [ "$with_tests" = 1 ]; then install_python_packages; fi
