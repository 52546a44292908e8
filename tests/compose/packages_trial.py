"""The agent's .deb out of a signed repository on Debian 12 and 13, with real apt and systemd; `make packages-trial`.

As root: each Debian is a root of debootstrap's (kept in build/roots), under an overlay, in namespaces of its own. Its
systemd is a user's manager, which can neither change users nor mount, so those lines of the unit are switched off;
`tests/compose/test_systemd.py` holds the unit. A whole machine is not tried here.
"""

import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

from vigie.core.builtin import ROOT
from vigie.stack import apt

pytestmark = [pytest.mark.integration, pytest.mark.root]
INCLUDED = "ca-certificates,dbus,python3,python3-apt,systemd"
MACHINE = """
set -eu
mkdir -p {folder}/machine
mount -t tmpfs tmpfs {folder}/machine
cd {folder}/machine
mkdir upper work root
mount -t overlay overlay -o lowerdir={root},upperdir=upper,workdir=work root
mount --rbind /dev root/dev; mount --rbind /sys root/sys; mount -t proc proc root/proc; mount -t tmpfs tmpfs root/run
mkdir root/repository; mount --bind {repository} root/repository
for path in {shown}; do mkdir -p "root$path"; mount --rbind "$path" "root$path"; done
cp {folder}/body.sh root/run/body.sh
exec chroot root /bin/sh /run/body.sh 2>&1
"""
BODY = """
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/run
mkdir -p /etc/apt/keyrings /run/systemd/system /run/user/0 /run/units
# The user's manager sees this unit of the system's alone.
ln -s /usr/lib/systemd/system/vigie-exporter.service /run/units/
printf '{off}' > /run/off.conf
echo 'deb [signed-by=/etc/apt/keyrings/vigie.asc] file:/repository/apt stable main' > /etc/apt/sources.list
cp /repository/vigie.asc /etc/apt/keyrings/
# All files but those of this trial, of dpkg, and the copies that useradd makes of what it changes.
list() {{ find / -xdev '(' -path /repository -o -path /run -o -path /proc -o -path /var/lib/apt \\
    -o -path /var/lib/dpkg -o -path /var/cache/apt -o -path /var/cache/debconf -o -path /var/log \\
    -o -path '/etc/*-' ')' -prune -o -print | sort; }}
list > /run/before
mkdir -p /etc/systemd/system/vigie-exporter.service.d
cp /run/off.conf /etc/systemd/system/vigie-exporter.service.d/zz-test.conf
export XDG_RUNTIME_DIR=/run/user/0 SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/units:/usr/lib/systemd/user
export SYSTEMCTL="systemctl --user" CANARY_ADDRESS=127.0.0.1:{canary_port}
/usr/lib/systemd/systemd --user >/dev/null 2>&1 &
until systemctl --user is-system-running 2>/dev/null | grep -qE 'running|degraded'; do sleep 0.1; done
get() {{ apt-get -y -q -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root "$@" 2>&1 || echo "exit code $?"; }}
agent() {{ get install --allow-downgrades "vigie-agent=$1-1"; }}
runs() {{ echo "now $(readlink /usr/lib/vigie/current), \
$(systemctl --user is-active vigie-exporter), $(dpkg-query -W -f '${{db:Status-Abbrev}}${{Version}}' vigie-agent)"; }}
get update | grep -v '^Get:\\|^Reading' || true
mkdir -p /etc/default
{body}
"""
OFF = (
    "User=", "DynamicUser=no", "ProtectSystem=no", "ProtectHome=no", "PrivateTmp=no", "PrivateDevices=no",
    "ProtectControlGroups=no", "ProtectKernelLogs=no", "ProtectKernelModules=no", "ProtectKernelTunables=no",
    "RestartSec=100ms", "CapabilityBoundingSet=~", "RestrictNamespaces=no", "ProtectProc=default",
)  # fmt: skip
BROKEN = "raise RuntimeError('a release that does not start')"
BROKEN_AS_SERVICE = "import os; assert 'INVOCATION_ID' not in os.environ"
OTHERS = {"2.0.0": "", "3.0.0": BROKEN, "4.0.0": BROKEN_AS_SERVICE}


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return the folder of a signed repository with four versions, of which two are broken."""
    folder = tmp_path_factory.mktemp("packages")
    run(sys.executable, ROOT / "tools" / "agent_packages.py", "--output", folder, "--version", "1.0.0")
    first = next(folder.glob("*_1.0.0-1_*.deb"))
    packages = [first, *(derived(first, folder, version, line) for version, line in OTHERS.items())]
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    environment = {**os.environ, "GNUPGHOME": str(home)}
    key = ["--quick-generate-key", "trial <trial@vigie.test>", "ed25519", "sign", "never"]
    run("gpg", "--batch", "--quiet", "--passphrase", "", *key, env=environment)
    tool = [sys.executable, ROOT / "tools" / "repository.py", folder / "repository"]
    run(*tool, *packages, *folder.glob("*.rpm"), "--key", "trial@vigie.test", env=environment)
    return folder / "repository"


def derived(package, folder, version, line):
    """Return the package as another version, with a line in front of the exporter's; faster than building it."""
    tree = folder / f"tree-{version}"
    run("dpkg-deb", "--raw-extract", package, tree)
    (tree / "usr" / "lib" / "vigie" / "1.0.0").rename(tree / "usr" / "lib" / "vigie" / version)
    for path in (tree / "DEBIAN").iterdir():
        path.write_text(path.read_text().replace("1.0.0", version))
    module = tree / "usr" / "lib" / "vigie" / version / "lib" / "exporter" / "command.py"
    module.write_text(f"{line}\n{module.read_text()}" if line else module.read_text())
    target = folder / package.name.replace("1.0.0", version)
    run("dpkg-deb", "-Zgzip", "-z1", "--build", "--root-owner-group", tree, target)
    return target


@pytest.fixture
def on_debian(repository, tmp_path, free_port):
    """Return `on_debian(suite, body, *shown)`: what a script says on a Debian that sees the folders `shown`."""

    def on_debian(suite, body, *shown):
        root = ROOT / "build" / "roots" / suite
        if not (root / "usr" / "lib" / "python3" / "dist-packages" / "apt").is_dir():
            shutil.rmtree(root, ignore_errors=True)
            root.parent.mkdir(parents=True, exist_ok=True)
            run("debootstrap", "--variant=minbase", f"--include={INCLUDED}", suite, root, apt.own_mirror())
        off = "\\n".join(("[Service]", *OFF))
        text = BODY.format(body=textwrap.dedent(body), off=off, canary_port=free_port())
        (tmp_path / "body.sh").write_text(text.replace("PORT", str(free_port())))
        script = MACHINE.format(folder=tmp_path, root=root, repository=repository, shown=" ".join(shown))
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]
        done = subprocess.run(apart, capture_output=True, text=True, timeout=400, check=False)
        return done.stdout + done.stderr

    return on_debian


LIFE = r"""
    vigie: the canary's page has \d+ samples
    vigie: 1.0.0 runs
    now /usr/lib/vigie/1.0.0, active, ii 1.0.0-1
    vigie: the canary's page has \d+ samples
    vigie: 2.0.0 runs
    now /usr/lib/vigie/2.0.0, active, ii 2.0.0-1
    vigie: 1.0.0 runs again; the version of the package stays as it is
    now /usr/lib/vigie/kept/1.0.0, active, ii 2.0.0-1
    vigie: 2.0.0 runs again; .*
    RuntimeError: a release that does not start
    vigie: the canary's page has 0 samples, expected 200 at least; what runs is as it was
    exit code 100
    now /usr/lib/vigie/kept/2.0.0, active, iF 3.0.0-1
    vigie: 2.0.0 was started again
    vigie: 4.0.0 did not come up as a service: .*
    exit code 100
    now /usr/lib/vigie/kept/2.0.0, active, iF 4.0.0-1
    vigie: 2.0.0 runs
    now /usr/lib/vigie/2.0.0, active, ii 2.0.0-1
    vigie, version 1.0.0
    750 vigie
    left:
    end
"""


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_a_host_lives_with_the_package(on_debian, suite):
    output = on_debian(
        suite,
        """
        echo 'ARGS="--no-register --no-cloud --web.listen-address=127.0.0.1:PORT"' > /run/settings
        cp /run/settings /etc/default/vigie-exporter
        get install -o Dpkg::Options::=--force-confold vigie-agent=1.0.0-1; runs
        agent 2.0.0; runs
        vigie-agent-release rollback; runs; vigie-agent-release rollback
        agent 3.0.0; runs
        agent 4.0.0; runs
        agent 2.0.0; runs
        vigie --version; stat -c '%a %G' /etc/vigie
        get purge vigie-agent
        rm -rf /etc/systemd/system/vigie-exporter.service.d /.config /root/.config /.cache
        list > /run/after; echo left:; diff /run/before /run/after | grep '^>' || true; echo end
        """,
    )
    rest = output
    for line in map(str.strip, LIFE.strip().splitlines()):
        match = re.search(rf"(?m)^{line}$", rest)
        assert match, f"{line!r} is not in, or not at its place in:\n{output}"
        rest = rest[match.end() :]
    assert "\nleft:\nend\n" in output


def test_a_repository_that_somebody_changed_is_refused(on_debian, repository):
    index = repository / "apt" / "dists" / "stable" / "InRelease"
    kept = index.read_text()
    index.write_text(kept.replace("Origin: vigie", "Origin: Vigie"))
    try:
        said = on_debian("bookworm", "get install vigie-agent")
    finally:
        index.write_text(kept)
    assert re.search("not signed|BADSIG|invalid", said), said
    assert "vigie: " not in said


@pytest.mark.skipif(shutil.which("lintian") is None, reason="needs lintian")
@pytest.mark.skipif(shutil.which("rpmlint") is None, reason="needs rpmlint")
def test_the_linters_find_no_fault(repository):
    deb = next((repository / "apt" / "pool").glob("*_1.0.0-1_*.deb"))
    linted = subprocess.run(["lintian", "--fail-on", "warning", deb], capture_output=True, text=True, check=False)
    assert (linted.stdout, linted.returncode) == ("", 0)
    rpm = next((repository / "yum").glob("*.rpm"))
    command = ["rpmlint", "--config", ROOT / "compose" / "packages" / "rpmlint.toml", rpm]
    assert "0 errors, 0 warnings" in run(*command)


def test_the_package_is_small_and_has_libraries_for_every_python(repository):
    deb = next((repository / "apt" / "pool").glob("*_1.0.0-1_*.deb"))
    installed_kib = int(run("dpkg-deb", "--field", deb, "Installed-Size"))
    assert installed_kib < 40 * 1024
    listed = run("dpkg-deb", "--contents", deb)
    for python in ("311", "312", "313", "314"):
        assert f"/lib/msgspec/_core.cpython-{python}-" in listed
