import os
import threading

import pytest

from exporter.kernel.statvfs import STUCK, Prober

SIZES = os.statvfs_result((4096, 4096, 10, 5, 4, 3, 2, 2, 0, 255))


class Mounts:
    """Answers for local paths; hangs for those in `dead` until they are taken out of it."""

    def __init__(self, *dead):
        self.dead = {path: threading.Event() for path in dead}
        self.asked = []

    def statvfs(self, path):
        self.asked.append(path)
        if path in self.dead:
            self.dead[path].wait()
        if path == "/denied":
            raise PermissionError(13, "Permission denied")
        return SIZES


@pytest.fixture
def dead():
    mounts = Mounts("/nfs", "/fuse")
    yield mounts
    for event in mounts.dead.values():
        event.set()


def helpers():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("statvfs ")]


def test_local_and_remote_mounts_answer(dead):
    prober = Prober(5, dead.statvfs)
    results = prober.probe([("/", "ext4"), ("/data", "nfs4"), ("/denied", "fuse.sshfs")])
    assert results[:2] == [SIZES, SIZES]
    assert isinstance(results[2], PermissionError)
    prober.close()


def test_dead_mounts_are_stuck_from_the_first_time_on_and_start_no_more_threads(dead):
    prober = Prober(0.1, dead.statvfs)
    mounts = [("/", "ext4"), ("/nfs", "nfs"), ("/fuse", "fuse.s3fs")]
    assert prober.probe(mounts) == [SIZES, STUCK, STUCK]
    for _ in range(10):
        assert prober.probe(mounts) == [SIZES, STUCK, STUCK]
    assert sorted(helpers()) == ["statvfs /fuse", "statvfs /nfs"]
    assert sorted(path for path in dead.asked if path != "/") == ["/fuse", "/nfs"]


def test_a_mount_that_comes_back_is_asked_again(dead, wait_until):
    prober = Prober(0.1, dead.statvfs)
    assert prober.probe([("/nfs", "nfs")]) == [STUCK]
    dead.dead["/nfs"].set()
    wait_until(lambda: prober.probe([("/nfs", "nfs")]) == [SIZES], 10)
    prober.close()


def test_an_unmounted_one_gives_its_thread_back(dead, wait_until):
    prober = Prober(5, dead.statvfs)
    prober.probe([("/data", "nfs")])
    assert "statvfs /data" in helpers()
    prober.probe([("/", "ext4")])
    wait_until(lambda: "statvfs /data" not in helpers(), 10)
