"""What is overwritten is kept, readable by its owner alone."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest

from vigie.core.errors import ProblemError
from vigie.reconcile.backup import Backup
from vigie.reconcile.model import Change

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
UPDATE = Change("boards", "vigie-host", "update", {"title": "Mine"}, {"title": "Host"})


def backup(folder, kept=3, minutes=0):
    return Backup(folder, "grafana", kept, lambda: NOON + timedelta(minutes=minutes))


def test_keeps_what_was_there_and_not_what_is_new(tmp_path):
    delete = Change("rule files", "../vigie-a.yml", "delete", {"text": "groups: []"}, None)
    backup(tmp_path / "backups").keep([UPDATE, Change("boards", "new", "create", None, {}), delete])
    [run] = (tmp_path / "backups").iterdir()
    files = {path.name: json.loads(path.read_text()) for path in run.iterdir()}
    assert run.name == "2026-11-24T12-00-00.000000Z"
    assert files == {
        "grafana.boards.vigie-host.json": {"title": "Mine"},
        "grafana.rule-files...%2Fvigie-a.yml.json": {"text": "groups: []"},
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in run.iterdir()} == {0o600}
    assert stat.S_IMODE(run.stat().st_mode) == 0o700


def test_makes_no_folder_when_nothing_is_lost(tmp_path):
    backup(tmp_path / "backups").keep([Change("boards", "new", "create", None, {})])
    assert not (tmp_path / "backups").exists()


def test_keeps_the_last_runs_and_what_is_not_ours(tmp_path):
    (tmp_path / "notes").mkdir()
    for minutes in range(5):
        backup(tmp_path, kept=2, minutes=minutes).keep([UPDATE])
    assert sorted(path.name[11:16] for path in tmp_path.iterdir() if path.name != "notes") == ["12-03", "12-04"]
    assert (tmp_path / "notes").is_dir()


def test_names_the_folder_that_cant_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ProblemError, match="nothing was overwritten"):
        backup(tmp_path / "file").keep([UPDATE])
