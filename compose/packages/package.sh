#!/bin/sh
# The release that the package vigie-agent brings: its scripts call `configure` and `remove`, an operator `status` and
# `rollback` (vigie-agent-release). A new release is first started as a canary; only when its page is right does the
# service go over to it, and it goes back by itself when it does not come up.
set -eu

HOME_FOLDER=/usr/lib/vigie
CURRENT=$HOME_FOLDER/current
PREVIOUS=$HOME_FOLDER/previous
KEPT=$HOME_FOLDER/kept
CACHE=/var/cache/vigie-agent
DROP_INS=/etc/systemd/system/vigie-exporter.service.d
here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f "$0")")" && pwd)
# shellcheck source=compose/agent/service.sh
. "$here/service.sh"

# Without it (a chroot, an image that is being made) nothing is started: the service is enabled, and starts at the boot.
systemd_runs() { [ -d /run/systemd/system ]; }

# Whoever is not root can't write what Python makes of the sources; without it each start takes a second longer.
compile() {
    find "$CACHE" -mindepth 1 -delete 2>/dev/null || true
    mkdir -p "$CACHE"
    "$1/bin/python" -m compileall -qq -j 1 "$1/lib" >/dev/null 2>&1 || true
}

link_drop_in() {
    getent group docker >/dev/null || return 0
    mkdir -p "$DROP_INS"
    ln -sf /usr/share/vigie-agent/containers.conf "$DROP_INS/vigie-containers.conf"
}

configure() {
    make_user
    link_drop_in
    before=$(readlink "$CURRENT" || true)
    compile "$here"
    if ! systemd_runs; then
        point_to "$here"
        $SYSTEMCTL enable --quiet vigie-exporter.service || say "the service could not be enabled"
        return
    fi
    $SYSTEMCTL daemon-reload
    try_canary "$here" || exit 1
    point_to "$here"
    if ! restart; then
        back_to "$before"
        fail "${here##*/} did not come up as a service: journalctl -u vigie-exporter"
    fi
    remember "$before"
    say "${here##*/} runs"
}

back_to() {
    [ -n "$1" ] && [ -d "$1" ] || return 0
    point_to "$1"
    compile "$1"
    restart || true
    say "${1##*/} was started again"
}

# remember RELEASE: it stays for a rollback, older ones go.
remember() {
    rm -f "$PREVIOUS"
    case $1 in
    "$KEPT"/*) ln -s "$1" "$PREVIOUS" ;;
    esac
    for release in "$KEPT"/*; do
        [ "$release" = "$1" ] || rm -rf "$release"
    done
}

rollback() {
    [ "$(id -u)" = 0 ] || fail "run as root: it writes to $HOME_FOLDER"
    previous=$(readlink "$PREVIOUS") || fail "there is no release before this one"
    current=$(readlink "$CURRENT")
    point_to "$previous"
    compile "$previous"
    restart || fail "${previous##*/} did not come up: journalctl -u vigie-exporter"
    rm -f "$PREVIOUS"
    ln -s "$current" "$PREVIOUS"
    say "${previous##*/} runs again; the version of the package stays as it is"
}

# It announces its leaving and deregisters itself from Consul, so that nobody is woken.
remove() {
    $SYSTEMCTL disable --quiet vigie-exporter.service 2>/dev/null || true
    if systemd_runs; then
        $SYSTEMCTL stop vigie-exporter.service 2>/dev/null || true
    fi
    rm -rf "$CURRENT" "$PREVIOUS" "$KEPT" "$CACHE" "$DROP_INS/vigie-containers.conf"
    rmdir "$DROP_INS" 2>/dev/null || true
}

status() {
    readlink "$CURRENT" || fail "no release is configured"
    $SYSTEMCTL --no-pager status vigie-exporter.service
}

case ${1:-status} in
configure) configure ;;
rollback) rollback ;;
remove) remove ;;
status) status ;;
*)
    say "expected status or rollback"
    exit 64
    ;;
esac
