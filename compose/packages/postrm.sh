#!/bin/sh
set -e

case "$1" in
remove | 0)
    # Of a release that never ran, whose removal had nothing to stop.
    rm -rf /var/cache/vigie-agent /usr/lib/vigie/current /usr/lib/vigie/previous /usr/lib/vigie/kept
    rmdir /usr/lib/vigie 2>/dev/null || true
    ;;
purge)
    # It holds the machine's Consul token.
    rm -rf /etc/vigie
    if getent passwd vigie >/dev/null; then
        userdel vigie
    fi
    ;;
esac
if [ -d /run/systemd/system ]; then
    ${SYSTEMCTL:-systemctl} daemon-reload || true
fi
