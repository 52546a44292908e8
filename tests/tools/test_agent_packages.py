"""The agent's packages: versions in dpkg's order, launchers, templates filled in, no library of two kinds."""

import itertools
import re
import shutil
import subprocess
import zipfile

import pytest
import yaml

from tests.test_structure import ROOT

SOURCE = ROOT / "compose" / "packages"
IN_ORDER = ["0.1.0.dev5+gabc", "0.1.0a1", "0.1.0b2", "0.1.0rc1", "0.1.0", "0.1.1.dev1", "0.1.1", "0.10.0"]


@pytest.fixture
def packages(tools):
    """Return the script as a module."""
    return tools("agent_packages")


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="needs dpkg")
@pytest.mark.parametrize(("older", "newer"), list(itertools.pairwise(IN_ORDER)))
def test_dpkg_orders_the_versions_as_python_does(packages, older, newer):
    command = ["dpkg", "--compare-versions", packages.package_version(older), "lt", packages.package_version(newer)]
    assert subprocess.run(command, check=False).returncode == 0


def test_the_launcher_takes_the_pythons_that_have_libraries(packages):
    text = (SOURCE / "python.sh").read_text()
    assert set(re.findall(r"python(3\.\d+)", text)) == set(packages.PYTHONS)
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    assert workflow["jobs"]["pythons"]["strategy"]["matrix"]["python"] == list(packages.PYTHONS)


@pytest.fixture
def make_wheel(tmp_path):
    """Return `make_wheel(name, files)`: the path of a wheel."""

    def make_wheel(name, files):
        with zipfile.ZipFile(tmp_path / name, "w") as wheel:
            for path, text in files.items():
                wheel.writestr(path, text)
        return tmp_path / name

    return make_wheel


def test_wheels_of_two_pythons_lie_in_one_folder(packages, make_wheel, tmp_path):
    common = {"a/__init__.py": "x", "a-1.dist-info/WHEEL": "one", "a-1.data/scripts/a": "left out"}
    packages.unpack(make_wheel("a-1-cp311.whl", {**common, "a/_c.cpython-311.so": "3"}), tmp_path / "lib")
    packages.unpack(make_wheel("a-1-cp312.whl", {**common, "a/_c.cpython-312.so": "4"}), tmp_path / "lib")
    names = {str(path.relative_to(tmp_path / "lib")) for path in (tmp_path / "lib").rglob("*") if path.is_file()}
    assert names == {"a/__init__.py", "a/_c.cpython-311.so", "a/_c.cpython-312.so", "a-1.dist-info/WHEEL"}


def test_a_module_that_differs_between_pythons_ends_the_build(packages, make_wheel, tmp_path):
    packages.unpack(make_wheel("a-1-cp311.whl", {"a.py": "x"}), tmp_path / "lib")
    with pytest.raises(SystemExit, match=r"a\.py is not the same for every Python"):
        packages.unpack(make_wheel("a-1-cp312.whl", {"a.py": "y"}), tmp_path / "lib")


def test_the_tree_has_launchers_unit_manual_and_one_time_for_all(tools, tmp_path):
    tree = tools("package_tree")
    release = tmp_path / "usr" / "lib" / "vigie" / "1.0.0"
    (release / "lib" / "a-1.dist-info").mkdir(parents=True)
    tree.lay_out(tmp_path, release, tree.Release("1.0.0", "1.0.0", "trial <trial@vigie.test>", 1_700_000_000))
    unit = (tmp_path / "usr" / "lib" / "systemd" / "system" / "vigie-exporter.service").read_text()
    assert "\nExecStart=/usr/lib/vigie/current/bin/vigie exporter $ARGS\n" in unit
    assert "/opt/" not in unit
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {int(path.stat().st_mtime) for path in files} == {1_700_000_000}
    programs = {str(path.relative_to(tmp_path)) for path in files if path.stat().st_mode & 0o111}
    own = {f"usr/lib/vigie/1.0.0/{name}" for name in ("bin/python", "bin/vigie", "package.sh")}
    assert programs == {"usr/bin/vigie", "usr/sbin/vigie-agent-release", *own}


def test_every_value_of_nfpms_file_is_filled_in(packages):
    named = set(re.findall(r"@(\w+)@", (SOURCE / "nfpm.yaml").read_text()))
    source = (ROOT / "tools" / "agent_packages.py").read_text()
    assert [name for name in sorted(named) if f'"{name}": ' not in source] == []
    assert packages.ARCHITECTURES.keys() == {"amd64", "arm64"}
