# The service of one host: canary, user, start; sourced by install.sh and by the scripts of the packages, which set CURRENT
# (the link to the release that runs), and which may be given the settings below. A release has bin/python and bin/vigie.
# shellcheck shell=sh
CANARY_ADDRESS=${CANARY_ADDRESS:-127.0.0.1:9199}
PATIENCE_SECONDS=${PATIENCE_SECONDS:-60}
# Fewer samples than this on its page, and a new release is not taken: a bare VM has some 500.
CANARY_LEAST_SAMPLES=${CANARY_LEAST_SAMPLES:-200}
SYSTEMCTL=${SYSTEMCTL:-systemctl}

say() { printf 'vigie: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# page_samples SECONDS RELEASE ADDRESS [COMMAND…]: the samples on the page, 0 when none comes in time. The command, when there is
# one, serves it, and is ended. Python is there, curl may not be.
page_samples() {
    "$2/bin/python" - "$@" <<'PYTHON'
import subprocess
import sys
import time
import urllib.request

patience_seconds, _, address, *command = sys.argv[1:]
serving = subprocess.Popen(command, stdout=2) if command else None
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
deadline = time.monotonic() + float(patience_seconds)
lines = 0
while not lines and time.monotonic() < deadline and (serving is None or serving.poll() is None):
    try:
        with opener.open(f"http://{address}/metrics", timeout=10) as answer:
            lines = sum(not line.startswith(b"#") for line in answer.read().splitlines())
    except OSError:
        time.sleep(0.5)
if serving is not None:
    lines = lines if serving.poll() is None else 0  # else somebody else has answered
    serving.terminate()
    serving.wait()
print(lines)
PYTHON
}

# try_canary RELEASE: starts it beside what runs, on loopback, registered nowhere; false when its page is not right.
try_canary() {
    samples=$(page_samples "$PATIENCE_SECONDS" "$1" "$CANARY_ADDRESS" \
        "$1/bin/vigie" exporter --no-register --no-cloud --web.listen-address="$CANARY_ADDRESS")
    if [ "$samples" -lt "$CANARY_LEAST_SAMPLES" ]; then
        say "the canary's page has $samples samples, expected $CANARY_LEAST_SAMPLES at least; what runs is as it was"
        return 1
    fi
    say "the canary's page has $samples samples"
}

# A rename, so that /opt/vigie is there at every moment.
point_to() {
    ln -s "$1" "$CURRENT.new"
    mv -T "$CURRENT.new" "$CURRENT"
}

# A static user, so that the token can be given to its group; systemd takes it instead of one made up at each start.
make_user() {
    if ! getent passwd vigie >/dev/null; then
        useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin vigie
    fi
    chgrp -R vigie /etc/vigie
}

listen_address() {
    address=$(sed -n 's/.*--web\.listen-address[= ]\([^ "]*\).*/\1/p' /etc/default/vigie-exporter | tail -1)
    case ${address:-:9100} in
    :*) echo "127.0.0.1${address:-:9100}" ;;
    *) echo "$address" ;;
    esac
}

restart() {
    $SYSTEMCTL enable --quiet vigie-exporter.service
    $SYSTEMCTL restart vigie-exporter.service
    address=$(listen_address)
    waited=0
    while [ "$waited" -lt "$PATIENCE_SECONDS" ]; do
        if [ "$(page_samples 1 "$CURRENT" "$address")" -ge "$CANARY_LEAST_SAMPLES" ]; then
            return 0
        fi
        # It is given up at its first end, not when patience is over.
        restarts=$($SYSTEMCTL show --value --property NRestarts vigie-exporter.service)
        if [ "${restarts:-0}" != 0 ] || $SYSTEMCTL --quiet is-failed vigie-exporter.service; then
            return 1
        fi
        sleep 1
        waited=$((waited + 1))
    done
    return 1
}
