#!/bin/sh
set -e

case "$1" in
configure | 1 | 2)
    sh /usr/lib/vigie/@VERSION@/package.sh configure
    ;;
esac
