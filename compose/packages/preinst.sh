#!/bin/sh
# What runs is kept while its files are replaced: hard links, so that it costs no space for long.
set -e

if [ -L /opt/vigie ] && [ -d /opt/vigie-releases ]; then
    echo "vigie: install.sh has installed the exporter in /opt/vigie: end that first (install.sh remove)" >&2
    exit 1
fi
current=$(readlink /usr/lib/vigie/current || true)
case "$1:$current" in
*:/usr/lib/vigie/kept/*) ;;
upgrade:/usr/lib/vigie/* | 2:/usr/lib/vigie/*)
    kept=/usr/lib/vigie/kept/${current##*/}
    rm -rf "$kept"
    mkdir -p /usr/lib/vigie/kept
    cp -al "$current" "$kept"
    ln -sfn "$kept" /usr/lib/vigie/current.new
    mv -T /usr/lib/vigie/current.new /usr/lib/vigie/current
    ;;
esac
