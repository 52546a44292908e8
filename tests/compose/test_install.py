"""The install script on a machine of its own: real systemd, real environments, wheels of this checkout."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest

from vigie.core.builtin import ROOT, builtin

SCRIPT = builtin("compose", "agent", "install.sh")
# A user's manager in namespaces of its own, whose /etc and /opt nobody else sees. It can neither change users nor make
# mounts, so those lines of the unit are switched off. Dependencies are this environment's, so that nothing is fetched.
MACHINE = """
set -eu
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/user/0 /run/upper /run/work /run/opt
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work /etc
mount --bind /run/opt /opt
[ ! -d /var/lib/vigie-smart ] || mount -t tmpfs tmpfs /var/lib/vigie-smart
mkdir -p /etc/systemd/system/vigie-exporter.service.d /etc/default
printf '{off}' > /etc/systemd/system/vigie-exporter.service.d/zz-test.conf
echo 'ARGS="--no-register --no-cloud --web.listen-address=127.0.0.1:{port}"' > /etc/default/vigie-exporter
export XDG_RUNTIME_DIR=/run/user/0 HOME=/run SYSTEMD_UNIT_PATH=/etc/systemd/system:/usr/lib/systemd/user
systemd --user >/dev/null 2>&1 &
until systemctl --user is-system-running 2>/dev/null | grep -qE 'running|degraded'; do sleep 0.1; done
export SYSTEMCTL="systemctl --user" PIP_NO_COMPILE=1 CANARY_ADDRESS=127.0.0.1:{canary_port}
vigie() {{ sh {script} "$@" 2>&1 || echo "exit code $?"; }}
install() {{ vigie install "{wheels}/vigie_agent-$1-py3-none-any.whl" --no-deps --no-index; }}
runs() {{ readlink /proc/$(systemctl --user show --value -p MainPID vigie-exporter)/exe /opt/vigie | tail -1; }}
# A further release, and what is wrong with it; faster than by pip.
copy() {{
    cp -a "/opt/vigie-releases/$1" "/opt/vigie-releases/$2"
    touch "{wheels}/vigie_agent-$2-py3-none-any.whl"
    sed -i "1s,$1,$2," "/opt/vigie-releases/$2/bin/vigie"
    [ -z "$3" ] || sed -i "1i $3" /opt/vigie-releases/$2/lib/python3*/site-packages/exporter/command.py
}}
{body}
"""
OFF = (
    "User=", "DynamicUser=no", "ProtectSystem=no", "ProtectHome=no", "PrivateTmp=no", "PrivateDevices=no",
    "ProtectControlGroups=no", "ProtectKernelLogs=no", "ProtectKernelModules=no", "ProtectKernelTunables=no",
    "RestartSec=100ms", "CapabilityBoundingSet=~", "RestrictNamespaces=no",
    f"Environment=PYTHONPATH={sysconfig.get_path('purelib')}",
)  # fmt: skip
BROKEN = "raise RuntimeError('a release that does not start')"
BROKEN_AS_SERVICE = "import os; assert 'INVOCATION_ID' not in os.environ"


@pytest.fixture
def on_machine(free_port, make_wheel):
    """Return `on_machine(body)`: the lines that a script writes on a machine of its own."""

    def on_machine(body):
        script = MACHINE.format(
            body=body,
            script=SCRIPT,
            wheels=make_wheel("1.0.0"),
            port=free_port(),
            canary_port=free_port(),
            off="\\n".join(("[Service]", *OFF)),
        )
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script]
        environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": sysconfig.get_path("purelib")}
        done = subprocess.run(apart, capture_output=True, text=True, timeout=400, check=False, env=environment)
        return [*done.stdout.splitlines(), *done.stderr.splitlines()]

    return on_machine


# What a machine says that is installed, upgraded to broken releases and back, and cleared.
LIFE = """
    vigie: installing 1.0.0 with .*
    vigie: the canary's page has [0-9]+ samples
    vigie: 1.0.0 runs
    /opt/vigie-releases/1.0.0
    vigie: 1.0.0 runs already
    vigie: the canary's page .*
    vigie: 2.0.0 runs
    /opt/vigie-releases/2.0.0
    RuntimeError: a release that does not start
    vigie: the canary's page has 0 samples, expected 200 at least; what runs is as it was
    exit code 1
    /opt/vigie-releases/2.0.0
    vigie: the canary's page .*
    vigie: 4.0.0 did not come up as a service, so 2.0.0 was started again; .*
    exit code 1
    /opt/vigie-releases/2.0.0
    vigie: 1.0.0 runs again
    /opt/vigie-releases/1.0.0
    1.0.0
    2.0.0
    previous
    750
    vigie-exporter.service.d
    vigie: vigie-smart.timer asks the disks every ten minutes
    vigie: add --collector.textfile.directory=/var/lib/vigie-smart to ARGS in /etc/default/vigie-exporter .*
    active
    vigie: no timer asks the disks any more
    vigie-exporter.service.d
    vigie: vigie-smart.timer asks the disks every ten minutes
    vigie: removed; .*
    /etc/default/vigie-exporter
    /etc/vigie
"""


@pytest.mark.integration
@pytest.mark.root
@pytest.mark.skipif(shutil.which("systemctl") is None, reason="needs systemd")
def test_a_machine_is_installed_upgraded_and_cleared(on_machine):
    said = on_machine(
        f"""
        install 1.0.0; runs; install 1.0.0
        copy 1.0.0 2.0.0 ""; install 2.0.0; runs
        copy 2.0.0 3.0.0 "{BROKEN}"; install 3.0.0; runs
        copy 2.0.0 4.0.0 "{BROKEN_AS_SERVICE}"; install 4.0.0; runs
        vigie rollback; runs; ls /opt/vigie-releases; stat -c %a /etc/vigie
        ls /etc/systemd/system; vigie smart; systemctl --user is-active vigie-smart.timer
        vigie no-smart; ls /etc/systemd/system; vigie smart
        vigie remove; ls /opt /etc/systemd/system; ls -d /etc/vigie /etc/default/vigie-exporter
        """
    )
    output = "\n".join(said)
    assert said.count("vigie-smart.timer") == 0, "off unless asked for, and taken away"
    for line in map(str.strip, LIFE.strip().splitlines()):
        match = re.search(rf"(?m)^{line}$", output)
        assert match, f"{line!r} is not in, or not at its place in:\n" + "\n".join(said)
        output = output[match.end() :]


STRANGER = "vigie-9.0-py3-none-any.whl"


@pytest.mark.integration
@pytest.mark.root
@pytest.mark.skipif(shutil.which("systemctl") is None, reason="needs systemd")
def test_somebody_elses_vigie_is_refused_and_so_is_the_service_of_the_package(on_machine, tmp_path):
    with zipfile.ZipFile(tmp_path / STRANGER, "w") as wheel:
        wheel.writestr("vigie-9.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: vigie\nVersion: 9.0\n")
        wheel.writestr("vigie-9.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("vigie-9.0.dist-info/RECORD", "")
    said = on_machine(
        f"""
        vigie install {tmp_path}/wheels/vigie_agent-1.0.0-py3-none-any.whl --no-deps --no-index {tmp_path}/{STRANGER}
        ls /opt/vigie-releases; touch /run/packaged; export PACKAGED=/run/packaged; install 1.0.0
        """
    )
    assert "vigie: vigie-9.0.dist-info is in the new environment" in "\n".join(said)
    assert "vigie: the package vigie-agent is installed" in "\n".join(said)
    assert said.count("exit code 1") == 2
    assert "1.0.0" not in said


def test_shellcheck_finds_no_fault(linter):
    command = [linter("shellcheck"), "--external-sources", *sorted(SCRIPT.parent.parent.glob("*/*.sh"))]
    checked = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (checked.stdout, checked.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["install"], "expected a file"),
        (["install", "0.1.0"], "expected a wheel of vigie"),
        (["install", "/x/vigie_agent-../y-py3-none-any.whl"], "expected a wheel of vigie"),
        (["install", "vigie_agent-1;x-py3-none-any.whl"], "expected a version"),
        (["install", "vigie-0.3.1-py3-none-any.whl"], "is somebody else's"),
        (["install", "other-1.0-py3-none-any.whl"], "expected a wheel of vigie"),
        (["install", "/nowhere/vigie_agent-1.0-py3-none-any.whl"], "expected the file of a wheel"),
        (["frobnicate"], "install WHEEL"),
    ],
)
def test_what_is_not_understood_is_refused(arguments, said):
    done = subprocess.run(["sh", SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert re.search(said, done.stderr)
