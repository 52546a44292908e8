#!/bin/sh
# Installs, upgrades and removes vigie's exporter on a machine with systemd; `install.sh help` tells how.
set -eu

RELEASES=/opt/vigie-releases
CURRENT=/opt/vigie
SMART_FOLDER=/var/lib/vigie-smart
UNITS=/etc/systemd/system
# The package's link to its release.
PACKAGED=${PACKAGED:-/usr/lib/vigie/current}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=compose/agent/service.sh
. "$here/service.sh"

usage() {
    cat <<'HELP'
install.sh install WHEEL [PIP-ARGUMENT…]     install or upgrade to vigie_agent-VERSION-….whl; again changes nothing
install.sh rollback                          back to the release before
install.sh smart                             let a timer ask the disks for their health, as root, every ten minutes
install.sh no-smart                          let it be again; off unless asked for
install.sh remove                            take everything away but /etc/vigie and /etc/default/vigie-exporter
install.sh status                            what is installed and runs

Each release has an environment of its own in /opt/vigie-releases; /opt/vigie points to the one that runs. A new one is
first started beside it, as a canary on 127.0.0.1:9199 without registration; only when its page is right does the service
go over to it, and it goes back by itself when it does not come up. vigie itself is taken from the file alone, never
from an index, where the name may be another's; what it needs is. Arguments after WHEEL go to pip, such as --index-url or
--find-links. PYTHON names the interpreter (3.11 or newer).
HELP
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer with venv is here: install it (Debian and Ubuntu: python3-venv; RHEL 8 and 9:" \
        "python3.11), name one by PYTHON=, or run the agent's image: compose/compose.agent.yaml"
}

require_root() {
    [ "$(id -u)" = 0 ] || fail "run as root: it writes to /opt and $UNITS"
    command -v "${SYSTEMCTL%% *}" >/dev/null || fail "${SYSTEMCTL%% *} is not here: this is for machines with systemd"
    [ ! -e "$PACKAGED" ] || fail "the package vigie-agent is installed: upgrade it by apt or dnf, or remove it first"
}

make_release() {
    version=$1
    wheel=$2
    shift 2
    release=$RELEASES/$version
    if [ -x "$release/bin/vigie" ]; then
        return
    fi
    python=$(find_python)
    say "installing $version with $python"
    rm -rf "$release"
    mkdir -p "$RELEASES"
    "$python" -m venv "$release" || fail "$python can't make an environment: on Debian and Ubuntu install python3-venv"
    if ! "$release/bin/python" -m pip install --quiet --disable-pip-version-check "$@" "$wheel"; then
        rm -rf "$release"
        fail "pip could not install vigie $version, see above; what runs is as it was"
    fi
    (refuse_strangers "$release") || discard "$release"
}

install_units() {
    mkdir -p "$UNITS" /etc/vigie
    chmod 0750 /etc/vigie
    install -m 0644 "$here/../systemd/vigie-exporter.service" "$UNITS/vigie-exporter.service"
    if [ -S /var/run/docker.sock ]; then
        mkdir -p "$UNITS/vigie-exporter.service.d"
        install -m 0644 "$here/../systemd/vigie-exporter.service.d/containers.conf" "$UNITS/vigie-exporter.service.d/"
    fi
    [ ! -e "$UNITS/vigie-smart.timer" ] || install_smart_units
    make_user
    if [ ! -e /etc/default/vigie-exporter ]; then
        mkdir -p /etc/default
        install -m 0644 "$here/vigie-exporter.default" /etc/default/vigie-exporter
    fi
    $SYSTEMCTL daemon-reload
}

# wheel_version FILE: the version in the name of a wheel of ours.
wheel_version() {
    name=${1##*/}
    version=${name#vigie_agent-}
    version=${version#vigie_monitoring-}
    version=${version%-py3-none-any.whl}
    case $name in
    vigie_agent-"$version"-py3-none-any.whl | vigie_monitoring-"$version"-py3-none-any.whl) ;;
    vigie-*) fail "$1: the distribution \`vigie\` is somebody else's: expected vigie_agent-VERSION-py3-none-any.whl" ;;
    *) fail "$1: expected a wheel of vigie, such as vigie_agent-0.1.0-py3-none-any.whl" ;;
    esac
    case $version in
    *[!A-Za-z0-9.+_]* | .* | '') fail "$1: expected a version such as 0.1.0 in its name" ;;
    esac
    echo "$version"
}

# What pip was given may bring another distribution with a folder `vigie`, and the package brings this service too.
refuse_strangers() {
    for stranger in "$1"/lib/python3*/site-packages/vigie-*.dist-info; do
        [ ! -e "$stranger" ] || fail "${stranger##*/} is in the new environment: the distribution \`vigie\` is somebody" \
            "else's and owns the same files as ours; take it out of the arguments for pip. What runs is as it was"
    done
}

discard() {
    rm -rf "$1"
    exit 1
}

install_release() {
    file=${1:?install.sh install WHEEL: expected a file, such as vigie_agent-0.1.0-py3-none-any.whl}
    shift
    version=$(wheel_version "$file")
    [ -f "$file" ] || fail "$file: expected the file of a wheel"
    wheel=$(CDPATH='' cd -- "$(dirname -- "$file")" && pwd)/${file##*/}
    require_root
    before=$(readlink "$CURRENT" || true)
    make_release "$version" "$wheel" "$@"
    if [ "$before" = "$RELEASES/$version" ] && $SYSTEMCTL --quiet is-active vigie-exporter.service; then
        install_units
        say "$version runs already"
        return
    fi
    try_canary "$RELEASES/$version" || discard "$RELEASES/$version"
    point_to "$RELEASES/$version"
    install_units
    if restart; then
        [ "$before" = "$RELEASES/$version" ] || remember "$before"
        say "$version runs"
        return
    fi
    if [ -n "$before" ]; then
        point_to "$before"
        restart || true
        fail "$version did not come up as a service, so ${before##*/} was started again; journalctl -u vigie-exporter"
    fi
    fail "$version did not come up as a service: journalctl -u vigie-exporter"
}

# The one before stays for a rollback, older ones go.
remember() {
    rm -f "$RELEASES/previous"
    [ -z "$1" ] || ln -s "$1" "$RELEASES/previous"
    current=$(readlink "$CURRENT")
    for release in "$RELEASES"/*; do
        case $release in
        "$1" | "$current" | "$RELEASES/previous") ;;
        *) rm -rf "$release" ;;
        esac
    done
}

rollback() {
    require_root
    previous=$(readlink "$RELEASES/previous") || fail "there is no release before this one"
    current=$(readlink "$CURRENT")
    point_to "$previous"
    restart || fail "${previous##*/} did not come up: journalctl -u vigie-exporter"
    rm -f "$RELEASES/previous"
    ln -s "$current" "$RELEASES/previous"
    say "${previous##*/} runs again"
}

# What `vigie smart` leaves is read by the exporter, which has no right to ask disks itself.
enable_smart() {
    require_root
    [ -x "$CURRENT/bin/vigie" ] || fail "vigie is not installed: install.sh install WHEEL first"
    install_smart_units
    $SYSTEMCTL daemon-reload
    $SYSTEMCTL enable --quiet --now vigie-smart.timer
    say "vigie-smart.timer asks the disks every ten minutes"
    grep -qs "$SMART_FOLDER" /etc/default/vigie-exporter ||
        say "add --collector.textfile.directory=$SMART_FOLDER to ARGS in /etc/default/vigie-exporter and restart the exporter"
}

install_smart_units() {
    install -m 0644 "$here/../systemd/vigie-smart.service" "$here/../systemd/vigie-smart.timer" "$UNITS/"
}

disable_smart() {
    require_root
    $SYSTEMCTL disable --quiet --now vigie-smart.timer 2>/dev/null || true
    rm -f "$UNITS/vigie-smart.service" "$UNITS/vigie-smart.timer" "$SMART_FOLDER/smart.prom"
    [ ! -d "$SMART_FOLDER" ] || rmdir "$SMART_FOLDER" || true
    $SYSTEMCTL daemon-reload
}

remove() {
    require_root
    disable_smart
    # It announces its leaving and deregisters itself from Consul, so that nobody is woken.
    $SYSTEMCTL disable --quiet --now vigie-exporter.service 2>/dev/null || true
    rm -rf "$UNITS/vigie-exporter.service" "$UNITS/vigie-exporter.service.d" "$CURRENT" "$RELEASES"
    $SYSTEMCTL daemon-reload
    say "removed; left for you: /etc/vigie, /etc/default/vigie-exporter, the user vigie"
}

status() {
    readlink "$CURRENT" || fail "vigie is not installed"
    $SYSTEMCTL --no-pager status vigie-exporter.service
}

action=${1:-help}
[ $# = 0 ] || shift
case $action in
install) install_release "$@" ;;
rollback) rollback ;;
smart) enable_smart ;;
no-smart)
    disable_smart
    say "no timer asks the disks any more"
    ;;
remove) remove ;;
status) status ;;
help | -h | --help) usage ;;
*)
    usage >&2
    exit 64
    ;;
esac
