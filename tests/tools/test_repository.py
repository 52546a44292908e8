"""The signed repository: what it refuses, and an index that apt's own key check accepts."""

import os
import shutil
import subprocess

import pytest

from tests.test_structure import ROOT

KEY = "trial@vigie.test"
needs_apt = pytest.mark.skipif(
    None in map(shutil.which, ("apt-ftparchive", "gpg", "dpkg-deb")), reason="needs apt-ftparchive (apt-utils) and gpg"
)
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg (gnupg)")


@pytest.fixture
def key(tmp_path, monkeypatch):
    """Return a key of a gpg of its own."""
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    command = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", KEY, "ed25519", "sign", "never"]
    subprocess.run(command, check=True, capture_output=True)
    yield KEY
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=False, env={**os.environ, "GNUPGHOME": str(home)})


@pytest.fixture
def package(tmp_path):
    """Return the path of a small package."""
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    fields = {
        "Package": "a",
        "Version": "1",
        "Architecture": "amd64",
        "Maintainer": "t <t@vigie.test>",
        "Description": "a",
    }
    (tree / "DEBIAN" / "control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()))
    subprocess.run(["dpkg-deb", "--build", tree, tmp_path / "a_1_amd64.deb"], check=True, capture_output=True)
    return tmp_path / "a_1_amd64.deb"


@needs_apt
def test_apts_index_lists_the_package_and_is_signed(tools, key, package, tmp_path):
    folder = tmp_path / "repository" / "apt"
    tools("repository").add_apt(folder, [package], key)
    suite = folder / "dists" / "stable"
    listed = (suite / "main" / "binary-amd64" / "Packages").read_text()
    assert "Package: a\n" in listed
    assert "Filename: pool/a_1_amd64.deb\n" in listed
    assert "main/binary-amd64/Packages.gz" in (suite / "InRelease").read_text()
    assert subprocess.run(["gpg", "--verify", suite / "InRelease"], capture_output=True, check=False).returncode == 0


@needs_apt
def test_a_version_is_handed_out_once(tools, key, package, tmp_path):
    repository = tools("repository")
    repository.add_apt(tmp_path / "apt", [package], key)
    repository.add_apt(tmp_path / "apt", [package], key)
    package.write_bytes(package.read_bytes() + b"\n")
    with pytest.raises(SystemExit, match="with other bytes: a version is handed out once"):
        repository.add_apt(tmp_path / "apt", [package], key)


@needs_gpg
def test_what_is_no_package_and_a_missing_key_are_refused(tools, tmp_path, monkeypatch):
    repository = tools("repository")
    monkeypatch.setenv("GNUPGHOME", str(tmp_path))
    with pytest.raises(SystemExit, match=r"expected a file \.deb or \.rpm"):
        repository.refuse({".txt"}, [ROOT / "README.md"], KEY)
    with pytest.raises(SystemExit, match="gpg has no secret key"):
        repository.refuse(set(), [], KEY)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_a_missing_program_is_named_with_its_package(tools, package, monkeypatch):
    repository = tools("repository")
    monkeypatch.setattr(repository.shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match=r"apt-ftparchive is missing.*apt-utils"):
        repository.refuse({".deb"}, [package], KEY)
