#!/usr/bin/env bash
# Builds out/relay_<version>_<arch>.deb from release executables with a static Swift runtime.
#   RELAY_BIN          folder of the executables; default .build/release
#   RELAY_DEB_VERSION  version of the package; default: what `relay --version` says
#   RELAY_DEB_MAINTAINER  who stands for it, `Name <address>`
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${RELAY_BIN:-.build/release}
fail() { echo "error: $*" >&2; exit 1; }

for name in relay relay-ingest relay-projects relay-processor; do
    [ -x "$bin/$name" ] || fail "no $name in $bin: run \`make build\` or set RELAY_BIN"
    if objdump -p "$bin/$name" | grep -q 'NEEDED *libswift'; then
        fail "$bin/$name needs the libraries of Swift: build it with --static-swift-stdlib"
    fi
done
for tool in dpkg-deb dpkg-shlibdeps strip python3; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install dpkg-dev binutils python3"
done

version=${RELAY_DEB_VERSION:-$("$bin/relay" --version)}
maintainer=${RELAY_DEB_MAINTAINER:-Relay developers <relay@localhost>}
architecture=$(dpkg --print-architecture)
package=out/relay_${version}_$architecture.deb
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# file MODE SOURCE DESTINATION: a file of the package.
file() { install -D -m "$1" "$2" "$root/$3"; }

executables() {
    file 0755 "$bin/relay" usr/bin/relay
    local name
    for name in ingest projects processor; do
        file 0755 "$bin/relay-$name" "usr/lib/relay/relay-$name"
    done
    strip --strip-all --remove-section=.comment --remove-section=.note \
        "$root/usr/bin/relay" "$root"/usr/lib/relay/*
}

configuration() {
    local unit
    for unit in deploy/systemd/*; do file 0644 "$unit" "lib/systemd/system/${unit##*/}"; done
    file 0644 deploy/sysusers.d/relay.conf usr/lib/sysusers.d/relay.conf
    file 0644 deploy/tmpfiles.d/relay.conf usr/lib/tmpfiles.d/relay.conf
    file 0644 deploy/config/config.yml etc/relay/config.yml
    mkdir -p "$root/etc/relay/projects"
}

documentation() {
    "$bin/relay" --experimental-dump-help | scripts/manual.py deploy/man/relay.1 >"$work/relay.1"
    file 0644 "$work/relay.1" usr/share/man/man1/relay.1
    file 0644 deploy/man/relay-ingest.8 usr/share/man/man8/relay-ingest.8
    local name
    for name in projects processor; do
        echo '.so man8/relay-ingest.8' >"$root/usr/share/man/man8/relay-$name.8"
    done
    find "$root/usr/share/man" -type f -exec gzip -9n {} +
    file 0644 deploy/debian/copyright usr/share/doc/relay/copyright
    file 0644 deploy/debian/lintian-overrides usr/share/lintian/overrides/relay
    printf 'relay (%s) unstable; urgency=medium\n\n  * Built from the sources of this version.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(git log -1 --format=%aD 2>/dev/null || date -R)" \
        | gzip -9n >"$root/usr/share/doc/relay/changelog.gz"
    file 0644 docs/CONFIG.md usr/share/doc/relay/CONFIG.md
    file 0644 docs/METRICS.md usr/share/doc/relay/METRICS.md
    file 0644 docs/DEPLOY.md usr/share/doc/relay/DEPLOY.md

    "$bin/relay" generate-completions --format bash >"$work/bash"
    "$bin/relay" generate-completions --format zsh >"$work/zsh"
    file 0644 "$work/bash" usr/share/bash-completion/completions/relay
    file 0644 "$work/zsh" usr/share/zsh/vendor-completions/_relay
}

# What the executables are linked to, and what else the package uses.
dependencies() {
    mkdir -p "$work/debian"
    printf 'Source: relay\n\nPackage: relay\nArchitecture: any\n' >"$work/debian/control"
    local libraries
    libraries=$(cd "$work" && dpkg-shlibdeps -O root/usr/bin/relay root/usr/lib/relay/* \
        2>"$work/shlibdeps.log" | sed -n 's/^shlibs:Depends=//p') || true
    if [ -z "$libraries" ]; then
        cat "$work/shlibdeps.log" >&2
        fail "dpkg-shlibdeps found no libraries"
    fi
    echo "$libraries, init-system-helpers (>= 1.54), systemd (>= 252), uap-core"
}

control() {
    local depends size file
    depends=$(dependencies)
    size=$(du -k -s --apparent-size "$root" | cut -f1)
    cat >"$root/DEBIAN/control" <<CONTROL
Package: relay
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $size
Depends: $depends
Recommends: ca-certificates
Section: net
Priority: optional
Description: event relay for Sentry SDKs
 Accepts crash and error reports over HTTP, decides per project what may
 happen to them, normalises them, strips personal data, and passes them on.
 It takes the place of Sentry's Relay.
 .
 A pipeline of small processes behind sockets that systemd holds: what touches
 personal data has no network, and a restart refuses nobody.
CONTROL
    echo /etc/relay/config.yml >"$root/DEBIAN/conffiles"
    for file in preinst postinst prerm postrm; do
        install -m 0755 "deploy/debian/$file" "$root/DEBIAN/$file"
    done
    (cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\n' | LC_ALL=C sort \
        | xargs -d '\n' md5sum) >"$work/md5sums"
    mv "$work/md5sums" "$root/DEBIAN/md5sums"
}

umask 022
mkdir -p "$root/DEBIAN" out
executables
configuration
documentation
control
dpkg-deb --root-owner-group -Zxz -z2 --build "$root" "$package" >/dev/null
# Where lintian is there, what it calls an error is one.
if command -v lintian >/dev/null; then lintian --allow-root --fail-on error "$package" >&2; fi
echo "$package"
