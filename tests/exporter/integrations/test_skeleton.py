"""A folder that `new` makes works as it stands."""

import errno
import socket
from pathlib import Path

import pytest

from exporter.base.check import Server
from exporter.integrations.skeleton import make_integration
from exporter.integrations.targets import LoginFile
from exporter.integrations.trying import try_server
from vigie.core.errors import UsageProblemError
from vigie.core.integrations.catalogue import read_catalogue


def test_endpoint_needs_a_manifest_and_notes(tmp_path):
    made = make_integration(tmp_path, "shop-db", 9400, has_check=False)
    assert {path.name for path in made} == {"integration.yml", "setup.md"}
    manifest = read_catalogue(tmp_path).integrations["shop-db"].manifest
    assert (manifest.port, manifest.check) == (9400, None)


def test_check_asks_a_server_and_says_when_there_is_none(tmp_path):
    make_integration(tmp_path, "shop-db", 9400, has_check=True)
    integration = read_catalogue(tmp_path).integrations["shop-db"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(*listener.getsockname())
        assert b"\nshop_db_up 1\n" in try_server(integration, server, LoginFile(), 5).outcome.page
    gone = try_server(integration, server, LoginFile(), 5)
    assert gone.outcome.state == "unreachable"
    assert b"\nshop_db_up 0\n" in gone.outcome.page


@pytest.mark.parametrize("name", ["123", "null", "on", "1e3", "2020-01-01"])
def test_name_that_yaml_takes_for_another_value(tmp_path, name):
    make_integration(tmp_path, name, 9400, has_check=False)
    manifest = read_catalogue(tmp_path).integrations[name].manifest
    assert (manifest.name, manifest.detect.images) == (name, (name,))


def test_metric_of_a_name_that_begins_with_a_digit(tmp_path):
    make_integration(tmp_path, "3scale", 9400, has_check=True)
    integration = read_catalogue(tmp_path).integrations["3scale"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        outcome = try_server(integration, Server(*listener.getsockname()), LoginFile(), 5).outcome
    assert b"\n_3scale_up 1\n" in outcome.page


def test_failed_write_leaves_nothing(tmp_path, monkeypatch):
    write_text = Path.write_text

    def write_manifest_only(path, text):
        if path.name != "integration.yml":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write_text(path, text)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", write_manifest_only)
        with pytest.raises(UsageProblemError, match="No space left"):
            make_integration(tmp_path, "a", 1, has_check=False)
    assert list(tmp_path.iterdir()) == []
    make_integration(tmp_path, "a", 1, has_check=False)


@pytest.mark.parametrize("name", ["", "Shop", "a/b", "..", "a b", "é"])
def test_name_that_is_none(tmp_path, name):
    with pytest.raises(UsageProblemError, match="expected a name"):
        make_integration(tmp_path, name, 1, has_check=False)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_there_stays_as_it_is(tmp_path):
    (made, *_) = make_integration(tmp_path, "a", 1, has_check=False)
    before = made.read_bytes()
    with pytest.raises(UsageProblemError, match="is there already"):
        make_integration(tmp_path, "a", 2, has_check=True)
    assert made.read_bytes() == before


def test_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageProblemError, match="file"):
        make_integration(tmp_path / "file", "a", 1, has_check=False)
