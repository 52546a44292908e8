import pytest

from exporter.cgroups.layout import find_group, find_layout, own_group, parse_groups

ID = "ab" * 32


def test_a_line_s_path_may_hold_colons():
    assert parse_groups("4:cpu,cpuacct:/a:b\n1:name=systemd:/x\n0::/\n") == {
        "cpu": "/a:b", "cpuacct": "/a:b", "name=systemd": "/x", "": "/"
    }  # fmt: skip
    with pytest.raises(ValueError, match="expected"):
        parse_groups("nonsense\n")


@pytest.mark.parametrize(
    ("path", "own"),
    [
        (f"/docker/{ID}", f"/docker/{ID}"),
        (f"/system.slice/docker-{ID}.scope", f"/system.slice/docker-{ID}.scope"),
        (f"/machine.slice/libpod-{ID}.scope/container", f"/machine.slice/libpod-{ID}.scope"),
        (f"/docker/{'cd' * 32}/docker/{ID}/init.scope", f"/docker/{'cd' * 32}/docker/{ID}"),
        ("/system.slice/ssh.service", None),
    ],
)
def test_the_container_s_own_group(path, own):
    assert own_group(path, ID) == own


@pytest.mark.parametrize(
    ("parent", "path"),
    [
        ("", f"docker/{ID}"),
        ("", f"system.slice/docker-{ID}.scope"),
        ("", f"machine.slice/libpod-{ID}.scope"),
        ("/teams/core", f"teams/core/{ID}"),
        ("core-web.slice", f"core.slice/core-web.slice/docker-{ID}.scope"),
    ],
)
def test_the_usual_places(tmp_path, parent, path):
    (tmp_path / "cgroup.controllers").touch()
    (tmp_path / path).mkdir(parents=True)
    layout = find_layout(tmp_path)
    assert find_group(layout, {"": f"/../../{ID}"}, ID, parent) == f"/{path}"
    assert find_group(layout, {"": "/"}, "ef" * 32, parent) is None


def test_version_2_alone(tmp_path):
    (tmp_path / "cgroup.controllers").touch()
    layout = find_layout(tmp_path)
    assert layout.is_unified
    assert layout.group("memory", "/a") == tmp_path / "a"


def test_version_1_with_joined_controllers_and_version_2_beside(tmp_path):
    for name in ("cpu,cpuacct", "memory", "unified"):
        (tmp_path / name).mkdir()
    (tmp_path / "unified/cgroup.controllers").touch()
    layout = find_layout(tmp_path)
    assert not layout.is_unified
    assert layout.group("cpuacct", "/a/b") == tmp_path / "cpu,cpuacct/a/b"
    assert layout.group("", "/a") == tmp_path / "unified/a"
    assert layout.group("pids", "/a") is None


def test_no_mount_at_all(tmp_path):
    with pytest.raises(FileNotFoundError, match="no control groups"):
        find_layout(tmp_path)
