"""Makes a signed apt and yum repository of packages in a folder, which any web server or file share then serves.

    python tools/repository.py FOLDER --key KEY --url https://packages.example.org dist/*.deb dist/*.rpm

Packages that are there already stay, so that a host can go back. KEY is a key of gpg's of the operator. It needs
apt-ftparchive (Debian: apt-utils) for apt; createrepo_c and rpmsign (Debian: createrepo-c, rpm) for yum.
"""

import argparse
import gzip
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = {
    ".deb": {"apt-ftparchive": "apt-utils", "gpg": "gnupg"},
    ".rpm": {"gpg": "gnupg", "createrepo_c": "createrepo-c", "rpmsign": "rpm"},
}
ARCHITECTURES = ("amd64", "arm64")
SOURCES = """\
Types: deb
URIs: {url}/apt
Suites: stable
Components: main
Signed-By: /etc/apt/keyrings/vigie.asc
"""
REPO = """\
[vigie]
name=vigie
baseurl={url}/yum
enabled=1
gpgcheck=1
repo_gpgcheck=1
gpgkey={url}/vigie.asc
"""


def main() -> None:
    """Add the packages, and write and sign the indexes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the repository is")
    parser.add_argument("packages", nargs="+", type=Path, help="files .deb and .rpm")
    parser.add_argument("--key", required=True, help="the key of gpg's that signs: an address or a fingerprint")
    parser.add_argument("--url", default="https://packages.example.org", help="where the folder will be served")
    arguments = parser.parse_args()
    kinds = {path.suffix for path in arguments.packages}
    refuse(kinds, arguments.packages, arguments.key)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    public = run(["gpg", "--batch", "--armor", "--export", arguments.key])
    (arguments.folder / "vigie.asc").write_bytes(public)
    url = arguments.url.rstrip("/")
    if ".deb" in kinds:
        add_apt(arguments.folder / "apt", [path for path in arguments.packages if path.suffix == ".deb"], arguments.key)
        (arguments.folder / "vigie.sources").write_text(SOURCES.format(url=url))
    if ".rpm" in kinds:
        add_yum(arguments.folder / "yum", [path for path in arguments.packages if path.suffix == ".rpm"], arguments.key)
        (arguments.folder / "vigie.repo").write_text(REPO.format(url=url))
    print(f"{arguments.folder}: {', '.join(path.name for path in arguments.packages)}")


def refuse(kinds: set[str], packages: list[Path], key: str) -> None:
    """End with a sentence when a file is no package, a program is missing, or the key can't sign."""
    for path in packages:
        if path.suffix not in PROGRAMS or not path.is_file():
            sys.exit(f"{path}: expected a file .deb or .rpm")
    for kind in sorted(kinds):
        for program, package in PROGRAMS[kind].items():
            if shutil.which(program) is None:
                sys.exit(f"{program} is missing, which the index of {kind} needs: install it (Debian: {package})")
    listed = subprocess.run(["gpg", "--batch", "--list-secret-keys", key], capture_output=True, check=False)
    if listed.returncode:
        sys.exit(f"gpg has no secret key {key!r}: make one (gpg --quick-generate-key), or name another by --key")


def run(command: list[str], folder: Path | None = None) -> bytes:
    """Return what a program writes; end with its own words when it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def place(packages: list[Path], folder: Path) -> list[Path]:
    """Copy the packages into the pool; refuse other bytes under a name that is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in packages:
        target = folder / path.name
        if target.exists() and path.suffix == ".deb" and target.read_bytes() != path.read_bytes():
            sys.exit(f"{target} is there with other bytes: a version is handed out once, make a new one")
        shutil.copyfile(path, target)
    return [folder / path.name for path in packages]


def add_apt(folder: Path, packages: list[Path], key: str) -> None:
    """Write pool, Packages and the signed Release. The Release comes last: it names the digests of the others."""
    place(packages, folder / "pool")
    suite = folder / "dists" / "stable"
    for architecture in ARCHITECTURES:
        index = suite / "main" / f"binary-{architecture}"
        index.mkdir(parents=True, exist_ok=True)
        text = run(["apt-ftparchive", "--arch", architecture, "packages", "pool"], folder)
        (index / "Packages").write_bytes(text)
        (index / "Packages.gz").write_bytes(gzip.compress(text, mtime=0))
    options = {
        "Origin": "vigie",
        "Label": "vigie",
        "Suite": "stable",
        "Codename": "stable",
        "Components": "main",
        "Architectures": " ".join(ARCHITECTURES),
    }
    command = ["apt-ftparchive", "release"]
    for name, value in options.items():
        command += ["-o", f"APT::FTPArchive::Release::{name}={value}"]
    for name in ("Release", "Release.gpg", "InRelease"):
        (suite / name).unlink(missing_ok=True)
    release = run([*command, "."], suite)
    (suite / "Release").write_bytes(release)
    sign = ["gpg", "--batch", "--yes", "--armor", "--local-user", key]
    run([*sign, "--detach-sign", "--output", "Release.gpg", "Release"], suite)
    run([*sign, "--clear-sign", "--output", "InRelease", "Release"], suite)


def add_yum(folder: Path, packages: list[Path], key: str) -> None:
    """Sign each package, write the index, and sign it."""
    for path in place(packages, folder):
        program = shutil.which("gpg") or "gpg"
        run(["rpmsign", "--define", f"_gpg_name {key}", "--define", f"__gpg {program}", "--addsign", str(path)])
    run(["createrepo_c", "--update", "--no-database", str(folder)])
    index = folder / "repodata"
    command = ["gpg", "--batch", "--yes", "--armor", "--local-user", key, "--detach-sign"]
    run([*command, "--output", "repomd.xml.asc", "repomd.xml"], index)


if __name__ == "__main__":
    main()
