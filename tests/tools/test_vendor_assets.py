"""What browsers need comes from the registry as it was when its digest was written down, or not at all."""

import base64
import hashlib
import io
import runpy
import tarfile
from pathlib import Path

import pytest

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "vendor_assets.py"))
FILES = {"package/dist/one.js": "one.js"}


def archive(text):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name in ("package/dist/one.js", "package/../../escaped.js"):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    return archive.getvalue()


def package(folder, body):
    digest = base64.b64encode(hashlib.sha512(body).digest()).decode()
    return TOOL["Package"]("one", "1.0.0", digest, folder, FILES)


def test_only_the_named_files_are_unpacked(tmp_path):
    body = archive(b"var one;")
    TOOL["unpack"](package(tmp_path / "vendor", body), body)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["VERSION.txt", "one.js"]
    assert (tmp_path / "vendor" / "one.js").read_bytes() == b"var one;"


def test_an_archive_that_is_another_one_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="expected sha512"):
        TOOL["unpack"](package(tmp_path / "vendor", archive(b"var one;")), archive(b"var two;"))
    assert not (tmp_path / "vendor").exists()


def test_what_is_there_is_not_fetched_again(tmp_path):
    body = archive(b"var one;")
    wanted_package = package(tmp_path, body)
    TOOL["unpack"](wanted_package, body)
    TOOL["fetch"](wanted_package, "http://127.0.0.1:9/")
    with pytest.raises(SystemExit, match="can't be fetched"):
        TOOL["fetch"](wanted_package._replace(version="2.0.0"), "http://127.0.0.1:9/")


def test_the_registry_is_the_one_that_npm_is_told(monkeypatch):
    monkeypatch.setenv("npm_config_registry", "https://registry.example/npm")
    assert TOOL["registry"]() == "https://registry.example/npm/"
