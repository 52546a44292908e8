#!/bin/sh
# The system's Python (the default one first) for which this release has libraries, and none of the system's packages.
for python in "$(readlink -f /usr/bin/python3)" /usr/bin/python3.14 /usr/bin/python3.13 /usr/bin/python3.12 \
    /usr/bin/python3.11; do
    case $python in
    */python3.11 | */python3.12 | */python3.13 | */python3.14)
        [ ! -x "$python" ] || exec "$python" -I -S -X pycache_prefix=/var/cache/vigie-agent "$@"
        ;;
    esac
done
echo "vigie: expected Python 3.11, 3.12, 3.13 or 3.14 in /usr/bin: install one" >&2
exit 1
