"""Builds the documents as a site: a folder for each release and `latest`, with a switch between them.

`python -m tools.docs_site build/docs path/to/sphinx-build` writes `html/latest` from this checkout, where every warning
is an error, and `html/0.1.0` from each tag `v0.1.0`. A release is built once, as a tag does not move, by the tools of
its own tree. `html/versions.js` names them all, and is read by every page.
"""

import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASE = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
LATEST = "latest"
REDIRECT = f'<!doctype html><title>vigie</title><meta http-equiv="refresh" content="0; url={LATEST}/index.html">\n'


def main(folder: Path, sphinx: Path, root: Path = ROOT) -> None:
    """Build what is missing, remove what no tag names any more, and write the list for the switch."""
    site = folder / "html"
    site.mkdir(parents=True, exist_ok=True)
    releases = releases_of(root)
    for name in releases:
        if not (site / name / "index.html").is_file():
            tree = folder / "trees" / name
            extract(root, f"v{name}", tree)
            unfinished = folder / "unfinished" / name
            for left in (unfinished, site / name):
                shutil.rmtree(left, ignore_errors=True)
            build(tree, folder / "source" / name, unfinished, sphinx)
            unfinished.rename(site / name)
            shutil.rmtree(tree)
    build(root, folder / "source" / LATEST, site / LATEST, sphinx)
    names = [LATEST, *releases]
    for stale in site.iterdir():
        if stale.name not in names:
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    (site / "versions.js").write_text(versions_script(site, names))
    (site / "index.html").write_text(REDIRECT)


def releases_of(root: Path) -> list[str]:
    """Return the versions that a git tag names, the newest first; none where git knows no tag."""
    command = ["git", "tag", "--list"]
    tags = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout.split()
    numbered = ((tuple(map(int, match.groups())), tag) for tag in tags if (match := RELEASE.fullmatch(tag)))
    return [tag.removeprefix("v") for _, tag in sorted(numbered, reverse=True)]


def extract(root: Path, tag: str, target: Path) -> None:
    """Write the files of a tag into `target`."""
    shutil.rmtree(target, ignore_errors=True)
    command = ["git", "archive", "--format=tar", tag]
    answer = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if answer.returncode:
        sys.exit(f"git could not hand out {tag}: {answer.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(answer.stdout)) as archive:
        archive.extractall(target, filter="data")


def build(tree: Path, source: Path, target: Path, sphinx: Path) -> None:
    """Build the site of a tree into `target`; a warning ends the run only for the checkout's own."""
    is_latest = target.name == LATEST
    run([sys.executable, "-m", "tools.stage_docs", str(source.resolve())], tree)
    strict = ["-W", "--keep-going", "-n"] if is_latest else []
    values = ["-D", f"version={target.name}", "-D", f"release={target.name}"]
    run([str(sphinx.resolve()), *strict, *values, "-q", "-b", "html", str(source), str(target)], Path.cwd())


def run(command: list[str], folder: Path) -> None:
    """Run a program in a folder, and end as it ends when it fails."""
    code = subprocess.run(command, cwd=folder, check=False).returncode
    if code:
        sys.exit(code)


def versions_script(site: Path, names: list[str]) -> str:
    """Return the script that tells pages which versions there are, and which pages each has."""
    pages = {
        name: sorted(str(path.relative_to(site / name)) for path in (site / name).rglob("*.html")) for name in names
    }
    versions = [{"name": name, "pages": pages[name]} for name in names]
    return f"window.vigieVersions = {json.dumps(versions, indent=1)};\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
