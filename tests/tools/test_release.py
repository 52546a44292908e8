"""What a release is made of: a clean, tagged commit, its notes, checksums, signature and provenance."""

import hashlib
import json
import shutil
import subprocess

import pytest

CHANGELOG = """# Changelog

## 0.3.0 (unreleased)

- coming

## 0.2.0 (2026-10-01)

- there
"""


def git(folder, *arguments):
    identity = ["-c", "user.name=trial", "-c", "user.email=trial@vigie.test", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def release(tools, tmp_path, monkeypatch):
    """Return the module, which sees a repository of its own, in `release.ROOT`."""
    module = tools("release")
    folder = tmp_path / "checkout"
    (folder / "compose").mkdir(parents=True)
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    (folder / "compose" / "parts.yaml").write_text("image: vigie-server:0.2.0\nimage: vigie-agent:0.2.0\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    monkeypatch.setattr(module, "ROOT", folder)
    return module


def test_a_clean_commit_with_the_tag_of_a_version_is_released(release):
    git(release.ROOT, "tag", "v0.2.0")
    git(release.ROOT, "tag", "nightly")
    released = release.read_commit(is_dry_run=False)
    assert (released.version, released.tag) == ("0.2.0", "v0.2.0")
    assert release.read_notes("0.2.0", is_dry_run=False) == "## 0.2.0 (2026-10-01)\n\n- there\n"
    release.refuse_other_versions("0.2.0")


def test_a_commit_without_a_tag_is_refused(release):
    git(release.ROOT, "tag", "v1")
    with pytest.raises(SystemExit, match="has no tag such as"):
        release.read_commit(is_dry_run=False)


def test_changes_that_are_not_committed_are_refused(release):
    git(release.ROOT, "tag", "v0.2.0")
    (release.ROOT / "new").touch()
    with pytest.raises(SystemExit, match="not committed"):
        release.read_commit(is_dry_run=False)


@pytest.mark.parametrize("version", ["0.3.0", "0.4.0"])
def test_a_version_without_notes_is_refused_and_a_dry_run_takes_the_newest(release, version):
    with pytest.raises(SystemExit, match="has no section"):
        release.read_notes(version, is_dry_run=False)
    assert "- coming" in release.read_notes(version, is_dry_run=True)


def test_compose_must_start_images_of_the_same_version(release):
    with pytest.raises(SystemExit, match=r"images of 0\.2\.0, expected 0\.3\.0"):
        release.refuse_other_versions("0.3.0")


@pytest.fixture
def output(tmp_path):
    """Return a folder with two files of a release."""
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "a.whl").write_bytes(b"wheel")
    (folder / "b.deb").write_bytes(b"package")
    return folder


def test_the_checksums_are_those_that_sha256sum_checks(release, output):
    release.write_checksums(output)
    checked = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=output, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, b"a.whl: OK\nb.deb: OK\n")
    (output / "b.deb").write_bytes(b"other")
    checked = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=output, capture_output=True, check=False)
    assert checked.returncode == 1


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen (openssh-client)")
def test_an_ssh_key_signs_and_a_changed_file_is_noticed(release, output, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    release.write_checksums(output)
    release.sign(output / "SHA256SUMS", str(key))
    signers = tmp_path / "signers"
    signers.write_text(f"operator {(tmp_path / 'key.pub').read_text()}")
    verify = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "operator", "-n", release.NAMESPACE]
    verify += ["-s", output / "SHA256SUMS.sig"]
    text = (output / "SHA256SUMS").read_bytes()
    assert subprocess.run(verify, input=text, capture_output=True, check=False).returncode == 0
    assert subprocess.run(verify, input=text + b"x", capture_output=True, check=False).returncode != 0


@pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg (gnupg)")
def test_a_key_that_gpg_lacks_is_told(release, output):
    release.write_checksums(output)
    with pytest.raises(SystemExit, match="gpg could not sign with nobody@vigie"):
        release.sign(output / "SHA256SUMS", "nobody@vigie.test")


def test_the_provenance_names_every_file_and_the_commit_and_has_no_credentials(tools, output, monkeypatch):
    provenance = tools("provenance")
    monkeypatch.setattr(provenance, "remote", lambda: "https://user:secret@forge.example/vigie.git")
    provenance.write(output, "0.2.0", "v0.2.0", "c0ffee")
    text = (output / provenance.NAME).read_text()
    statement = json.loads(text)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert {entry["name"]: entry["digest"]["sha256"] for entry in statement["subject"]} == {
        "a.whl": hashlib.sha256(b"wheel").hexdigest(),
        "b.deb": hashlib.sha256(b"package").hexdigest(),
    }
    source = statement["predicate"]["buildDefinition"]["resolvedDependencies"][0]
    assert source == {"uri": "git+https://forge.example/vigie.git", "digest": {"gitCommit": "c0ffee"}}
    assert "secret" not in text
