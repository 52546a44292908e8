#!/bin/sh
here=$(readlink -f "$0")
exec "${here%/*}/python" "${here%/bin/*}/start.py" "$@"
