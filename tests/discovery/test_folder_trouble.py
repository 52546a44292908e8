"""The output folder is full, read-only, deleted or shared: it is logged and retried, and no file is ever torn."""

import json
import shutil
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.integration
LAST_SUCCESS = "vigie_discovery_last_success_timestamp_seconds"


def whole(folder):
    """Return the targets of each file; raise when one is torn."""
    return {path.name: len(json.loads(path.read_bytes())) for path in folder.glob("*.json")}


def test_a_deleted_folder_comes_back_whole(catalog, bridge, wait_until):
    for job in ("web", "api"):
        catalog.register(job, 1)
    wait_until(lambda: whole(bridge.folder) == {"app-web.json": 1, "app-api.json": 1})
    shutil.rmtree(bridge.folder)
    wait_until(lambda: bridge.folder.exists() and whole(bridge.folder) == {"app-web.json": 1, "app-api.json": 1})
    assert bridge.metric('vigie_discovery_errors_total{reason="disturbed"}') >= 1
    assert (bridge.folder / ".state" / "guard.json").exists()


def test_a_file_that_somebody_changed_or_deleted_is_written_again(catalog, bridge, wait_until):
    catalog.register("web", 1)
    catalog.register("api", 1)
    wait_until(lambda: bridge.ids("web") and bridge.ids("api"))
    (bridge.folder / "app-web.json").write_text("[]")
    (bridge.folder / "app-api.json").unlink()
    wait_until(lambda: bridge.ids("web") == ["web-1"] and bridge.ids("api") == ["api-1"])


def test_a_bridge_without_consul_leaves_alone_what_another_wrote(own_consul, catalog_at, start_bridge, wait_until):
    bridge = start_bridge(own_consul.url)
    catalog_at(own_consul.url).register("web", 1)
    wait_until(lambda: bridge.ids("web"))
    own_consul.stop(9)
    wait_until(lambda: time.time() > bridge.metric(LAST_SUCCESS) + 2)
    content = (bridge.folder / "app-web.json").read_text()
    (bridge.folder / "app-web.json").write_text(content + " ")
    wait_until(lambda: time.time() > bridge.metric(LAST_SUCCESS) + 4)
    assert (bridge.folder / "app-web.json").read_text() == content + " "


def test_two_bridges_side_by_side_in_one_folder_do_no_harm(consul, catalog, start_bridge, wait_until):
    first = start_bridge(consul.url)
    second = start_bridge(consul.url, f"--output={first.folder}")
    for number in range(8):
        for job in ("web", "api", "db"):
            catalog.register(job, number)
        whole(first.folder)
    wait_until(lambda: whole(first.folder) == {f"app-{job}.json": 8 for job in ("web", "api", "db")})
    catalog.deregister("web", 1)
    wait_until(lambda: whole(first.folder)["app-web.json"] == 7)

    def let_both_look_again():
        for bridge in (first, second):
            before = bridge.metric(LAST_SUCCESS)
            wait_until(lambda bridge=bridge, before=before: bridge.metric(LAST_SUCCESS) > before + 1.5)

    let_both_look_again()  # the other one may write the same a moment later
    writes = [bridge.metric("vigie_discovery_writes_total") for bridge in (first, second)]
    let_both_look_again()
    assert [bridge.metric("vigie_discovery_writes_total") for bridge in (first, second)] == writes
    first.running.stop()
    catalog.register("web", 20)
    wait_until(lambda: whole(first.folder)["app-web.json"] == 8)


@pytest.mark.root
@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_folder_that_takes_nothing_is_logged_and_tried_again(
    consul, catalog, start_bridge, wait_until, tmp_path, trouble
):
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    try:
        bridge = start_bridge(consul.url, f"--output={folder}")
        bridge.folder = folder
        catalog.register("web", 1)
        wait_until(lambda: bridge.ids("web") == ["web-1"])
        if trouble == "full":
            (folder / "filler").write_bytes(b"x" * 36 * 1024)
        else:
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        for number in range(2, 40):
            catalog.register("web", number, Meta={"note": "x" * 400})
        wait_until(lambda: bridge.metric('vigie_discovery_errors_total{reason="write"}') > 3)
        assert bridge.ids("web")  # whole, whichever it is
        text = {"full": "No space left", "read-only": "Read-only file system"}[trouble]
        assert bridge.running.log_text().count(text) <= 3  # logged once, not each second
        assert bridge.running.log_text().count(text) >= 1
        if trouble == "full":
            (folder / "filler").unlink()
            subprocess.run(["mount", "-o", "remount,size=1m", folder], check=True)
        else:
            subprocess.run(["mount", "-o", "remount,rw,size=1m", folder], check=True)
        wait_until(lambda: len(bridge.ids("web")) == 39)
        bridge.running.stop()
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_folder_that_cannot_be_is_said_at_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "vigie", "discovery", "--output", tmp_path / "file" / "targets"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "expected a folder we may write to" in done.stderr


def test_the_file_of_a_job_that_ended_goes_after_a_while_and_comes_back_with_the_job(
    consul, catalog, start_bridge, wait_until
):
    for name in ("ended", "web"):
        catalog.row(name, 1)
    bridge = start_bridge(consul.url, "--ended-retention=3s", "--files-check-interval=0.5s")
    file = bridge.folder / "app-ended.json"
    wait_until(lambda: bridge.ids("ended") == ["ended-1"] and bridge.ids("web"))
    catalog.remove("ended", 1)
    wait_until(lambda: file.read_bytes() == b"[]\n")
    wait_until(lambda: not file.exists())
    assert bridge.metric('vigie_discovery_errors_total{reason="disturbed"}') == 0
    catalog.row("ended", 1)
    wait_until(lambda: file.exists() and bridge.ids("ended") == ["ended-1"])
