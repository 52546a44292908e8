import os
import time
from pathlib import Path

from exporter.containers.disk import Survey, Taken, measure


def always():
    return True


def test_hard_links_count_once_and_links_are_not_followed(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 8192)
    os.link(tmp_path / "a", tmp_path / "b")
    (tmp_path / "c").symlink_to("/usr")
    taken = measure(str(tmp_path), 100, always)
    assert taken.inodes == 2
    assert taken.size_bytes >= 8192
    assert taken.size_bytes == sum(path.lstat().st_blocks * 512 for path in (tmp_path / "a", tmp_path / "c"))


def test_what_is_too_much_or_gone_is_not_measured(tmp_path):
    for number in range(10):
        (tmp_path / str(number)).mkdir()
    assert measure(str(tmp_path), 9, always) is None
    assert measure(str(tmp_path), 10, always).inodes == 10
    assert measure(str(tmp_path / "none"), 10, always) is None


def test_it_ends_when_it_is_told_to(tmp_path):
    for number in range(600):
        (tmp_path / str(number)).touch()
    assert measure(str(tmp_path), 10_000, lambda: False) is None


def test_a_survey_measures_each_once_in_its_period_and_forgets_what_is_gone(tmp_path):
    (tmp_path / "layer").mkdir()
    (tmp_path / "layer/file").write_bytes(b"x" * 4096)
    (tmp_path / "log").mkdir()
    (tmp_path / "log/json").write_bytes(b"x" * 4096)
    survey = Survey(period_seconds=3600, max_files=100)
    try:
        survey.follow({"one": [str(tmp_path / "layer"), str(tmp_path / "log")]})
        end = time.monotonic() + 15
        while survey.taken("one") is None and time.monotonic() < end:
            time.sleep(0.02)
        blocks = sum(Path(tmp_path / name).stat().st_blocks for name in ("layer/file", "log/json"))
        assert survey.taken("one") == Taken(blocks * 512, 1)
        survey.follow({})
        assert survey.taken("one") is None
    finally:
        survey.close()
    assert not survey._thread.is_alive()
