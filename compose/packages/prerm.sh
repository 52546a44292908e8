#!/bin/sh
set -e

case "$1" in
remove | deconfigure | 0)
    sh /usr/lib/vigie/@VERSION@/package.sh remove
    ;;
esac
