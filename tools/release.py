"""Makes a release of the tagged commit in dist/release: packages, checksums, SBOMs, provenance, notes, signatures.

`make release KEY=…` wants a clean checkout whose commit has a tag such as v0.1.0, with a section in CHANGELOG.md and
the same version in compose. All is built from the commit, not from the folder; two builds give the same bytes.
`--dry-run` takes any commit and signs nothing when no key is given.
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import agent_packages
import bill_of_materials
import distributions
import provenance

ROOT = Path(__file__).resolve().parent.parent
TAG = re.compile(r"v(\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)")
NAMESPACE = "vigie-release"


class Commit(NamedTuple):
    """What is released."""

    version: str
    tag: str
    commit: str
    time_seconds: int


def main() -> None:
    """Build everything; name the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "release", help="a folder, which is made anew")
    parser.add_argument("--dry-run", action="store_true", help="release whatever is checked out; no tag is needed")
    parser.add_argument("--key", default="", help="gpg's key, or the file of an ssh key, that signs the checksums")
    parser.add_argument("--architecture", action="append", choices=agent_packages.ARCHITECTURES, help="both by default")
    arguments = parser.parse_args()
    released = read_commit(is_dry_run=arguments.dry_run)
    notes = read_notes(released.version, is_dry_run=arguments.dry_run)
    if not arguments.dry_run:
        refuse_other_versions(released.version)
        if not arguments.key:
            sys.exit("a release is signed: name a key of gpg's or the file of an ssh key by KEY=")
    output = arguments.output.resolve()
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    build(released, output, arguments.architecture or list(agent_packages.ARCHITECTURES))
    (output / "RELEASE_NOTES.md").write_text(notes)
    provenance.write(output, released.version, released.tag, released.commit)
    write_checksums(output)
    if arguments.key:
        sign(output / "SHA256SUMS", arguments.key)
    for path in sorted(output.iterdir()):
        print(path)


def git(*arguments: str) -> str:
    """Return what git answers; end with its own words when it fails."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def read_commit(*, is_dry_run: bool) -> Commit:
    """Return the commit that is checked out; end with a sentence unless it is clean and has a tag of a version."""
    commit, moment = git("rev-parse", "HEAD"), int(git("log", "-1", "--format=%ct"))
    tags = [tag for tag in git("tag", "--points-at", "HEAD").split() if TAG.fullmatch(tag)]
    if is_dry_run:
        version = distributions.version_of(ROOT).partition("+")[0]
        return Commit(version, tags[0] if tags else "", commit, moment)
    if git("status", "--porcelain"):
        sys.exit("the checkout has changes that are not committed: a release is made of a commit")
    if not tags:
        sys.exit(f"the commit {commit[:12]} has no tag such as v0.1.0: make one (git tag -s), or set DRY_RUN=1")
    return Commit(tags[0].removeprefix("v"), tags[0], commit, moment)


def read_notes(version: str, *, is_dry_run: bool) -> str:
    """Return the section of the version in CHANGELOG.md, in a dry run the newest one."""
    sections = re.split(r"(?m)^(?=## )", git("show", "HEAD:CHANGELOG.md"))[1:]
    named = [text for text in sections if text.split()[1] == version]
    if not is_dry_run and (not named or "unreleased" in named[0].partition("\n")[0]):
        sys.exit(f"CHANGELOG.md has no section `## {version} (DATE)`: write what is new in it")
    return (named or sections)[0].strip() + "\n"


def refuse_other_versions(version: str) -> None:
    """End with a sentence when compose's files start images of another version."""
    others = set(re.findall(r"vigie-(?:server|agent):([\w.]+)", git("show", "HEAD:compose/parts.yaml"))) - {version}
    if others:
        sys.exit(f"compose/parts.yaml has images of {', '.join(sorted(others))}, expected {version}")


def build(released: Commit, output: Path, architectures: list[str]) -> None:
    """Build all from an export of the commit, so that nothing of this folder gets in."""
    source = output / f"vigie-{released.version}.tar.gz"
    prefix = f"vigie-{released.version}"
    archive = subprocess.run(
        ["git", "archive", f"--prefix={prefix}/", released.commit], cwd=ROOT, capture_output=True, check=True
    ).stdout
    source.write_bytes(gzip.compress(archive, 9, mtime=0))
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(released.time_seconds)}
    with tempfile.TemporaryDirectory(prefix="vigie-release-") as temporary:
        subprocess.run(["tar", "-x", "-C", temporary], input=archive, check=True)
        tools = Path(temporary) / prefix / "tools"
        common = ["--output", str(output), "--version", released.version]
        named = [argument for architecture in architectures for argument in ("--architecture", architecture)]
        for command in (["distributions.py", *common], ["agent_packages.py", *common, *named]):
            if subprocess.run(
                [sys.executable, str(tools / command[0]), *command[1:]], env=environment, check=False
            ).returncode:
                sys.exit(f"{command[0]} failed, see above: nothing is released")
    bill_of_materials.write_all(output, released.version)


def write_checksums(output: Path) -> None:
    """Write SHA256SUMS over all other files."""
    lines = [f"{digest_of(path)}  {path.name}\n" for path in sorted(output.iterdir()) if path.name != "SHA256SUMS"]
    (output / "SHA256SUMS").write_text("".join(lines))


def digest_of(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sign(path: Path, key: str) -> None:
    """Sign the checksums, which name the digests of all the rest."""
    if Path(key).is_file():
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", key, str(path)]
    else:
        command = ["gpg", "--batch", "--yes", "--armor", "--local-user", key, "--detach-sign", str(path)]
    if shutil.which(command[0]) is None:
        sys.exit(f"{command[0]} is missing, which signs with {key}: install it (Debian: gnupg, openssh-client)")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} could not sign with {key}: {done.stderr.strip()}")


if __name__ == "__main__":
    main()
