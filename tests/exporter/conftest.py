"""The host of the fixture tree, with a fixed clock, name and file systems."""

import os
from pathlib import Path

import pytest

from exporter.collectors.timex import TIMEX, Timex
from exporter.host import Calls, Host

TREE = Path(__file__).parent.parent / "fixtures" / "host"


def fixed_uname():
    return os.uname_result(("Linux", "web-1", "6.1.0-18-amd64", "#1 SMP PREEMPT_DYNAMIC Debian", "x86_64"))


def fixed_statvfs(path):
    if path.endswith("/srv/broken"):
        raise PermissionError(13, "Permission denied")
    # f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_favail, f_flag, f_namemax
    return os.statvfs_result((4096, 4096, 1000, 400, 300, 65536, 60000, 60000, 0, 255))


def fixed_adjtimex():
    fields = dict.fromkeys(Timex._fields, 0) | {
        "offset": 1500, "freq": 65536, "maxerror": 16_000, "esterror": 2_000_000, "status": 0x2001, "constant": 7,
        "tick": 10_000, "ppsfreq": -131072, "jitter": 9, "shift": 4, "stabil": 196608,
        "jitcnt": 11, "calcnt": 12, "errcnt": 13, "stbcnt": 14, "tai": 37,
    }  # fmt: skip
    return 0, TIMEX.pack(*Timex(**fields))


@pytest.fixture
def host():
    one = Host(
        TREE / "proc",
        TREE / "sys",
        TREE / "root",
        TREE / "udev",
        Calls(lambda: 1700000000.25, fixed_uname, fixed_statvfs, fixed_adjtimex),
    )
    yield one
    one.close()


@pytest.fixture
def tree_host(tmp_path):
    """Return `tree_host({"proc/loadavg": "…"})`: a host with just these files."""

    def tree_host(files, calls=None):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        roots = [tmp_path / name for name in ("proc", "sys", "root", "udev")]
        return Host(*roots, calls)

    return tree_host
