"""The site has a folder for each release, built once from its tag, and a list that every page reads."""

import json
import subprocess
import sys

import jinja2
import pytest

from tests.test_structure import ROOT
from tools import docs_site

SWITCH = ROOT / "docs" / "_templates" / "sidebar" / "variant-selector.html"
# Stands for Sphinx: copies each page, and notes its arguments in the site.
SPHINX = f"""#!{sys.executable}
import pathlib, sys
*options, source, target = map(pathlib.Path, sys.argv[1:])
target.mkdir(parents=True, exist_ok=True)
for page in source.glob("*.md"):
    (target / page.name).with_suffix(".html").write_text(page.read_text())
if pathlib.Path(__file__).with_name("interrupted").exists():
    sys.exit(130)
with (target / "options").open("a") as file:
    print(*options, file=file)
"""
STAGE = "import pathlib, shutil, sys; shutil.copytree('docs', sys.argv[1], dirs_exist_ok=True)\n"


@pytest.fixture
def repository(tmp_path):
    """Return `repository(pages, *tags)`: commits these pages, tags them, and returns the folder of the repository."""
    root = tmp_path / "repository"

    def git(*command):
        settings = ["-c", "user.name=t", "-c", "user.email=t@vigie.test", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *settings, *command], cwd=root, check=True, capture_output=True)

    def repository(pages, *tags):
        if not root.is_dir():
            (root / "tools").mkdir(parents=True)
            (root / "tools" / "stage_docs.py").write_text(STAGE)
            git("init")
        for name, text in pages.items():
            (root / "docs").mkdir(exist_ok=True)
            (root / "docs" / f"{name}.md").write_text(text)
        git("add", ".")
        git("commit", "--message", "pages")
        for tag in tags:
            git("tag", tag)
        return root

    return repository


@pytest.fixture
def build(tmp_path):
    """Return `build(root)`: builds the site of a repository, and returns its folder."""
    sphinx = tmp_path / "sphinx-build"
    sphinx.write_text(SPHINX)
    sphinx.chmod(0o755)

    def build(root):
        docs_site.main(tmp_path / "build", sphinx, root)
        return tmp_path / "build" / "html"

    return build


def versions(site):
    script = (site / "versions.js").read_text()
    assert script.startswith("window.vigieVersions = ")
    return json.loads(script.removeprefix("window.vigieVersions = ").removesuffix(";\n"))


def test_without_a_tag_there_is_only_the_latest(repository, build):
    site = build(repository({"index": "now"}))
    assert versions(site) == [{"name": "latest", "pages": ["index.html"]}]
    assert "url=latest/index.html" in (site / "index.html").read_text()
    assert "-W" in (site / "latest" / "options").read_text()


def test_each_release_has_the_pages_of_its_tag_and_the_newest_comes_first(repository, build):
    repository({"index": "two"}, "v0.2.0", "v0.3.0rc1", "other")
    repository({"index": "ten", "more": "new"}, "v0.10.0")
    site = build(repository({"index": "now"}))
    assert [version["name"] for version in versions(site)] == ["latest", "0.10.0", "0.2.0"]
    assert [len(version["pages"]) for version in versions(site)] == [2, 2, 1]
    assert {name: (site / name / "index.html").read_text() for name in ("latest", "0.10.0", "0.2.0")} == {
        "latest": "now",
        "0.10.0": "ten",
        "0.2.0": "two",
    }
    said = (site / "0.2.0" / "options").read_text()
    assert "version=0.2.0" in said
    assert "-W" not in said


def test_a_release_is_built_once_and_goes_with_its_tag(repository, build):
    root = repository({"index": "one"}, "v0.1.0", "v0.2.0")
    build(root)
    subprocess.run(["git", "tag", "--delete", "v0.2.0"], cwd=root, check=True, capture_output=True)
    site = build(root)
    assert [version["name"] for version in versions(site)] == ["latest", "0.1.0"]
    assert not (site / "0.2.0").exists()
    assert len((site / "0.1.0" / "options").read_text().splitlines()) == 1
    assert len((site / "latest" / "options").read_text().splitlines()) == 2


def test_a_release_whose_build_was_interrupted_is_built_again(repository, build, tmp_path):
    root = repository({"index": "one"}, "v0.1.0")
    (tmp_path / "interrupted").touch()
    with pytest.raises(SystemExit):
        build(root)
    (tmp_path / "interrupted").unlink()
    site = build(root)
    assert (site / "0.1.0" / "options").is_file()


def test_every_page_finds_the_list_from_where_it_lies():
    page = jinja2.Template(SWITCH.read_text()).render(version="0.1.0", content_root="../", pagename="how-to/upgrade")
    assert '<script src="../../versions.js"></script>' in page
    assert 'data-version="0.1.0" data-root="../../"' in page
    assert 'var page = "how-to/upgrade.html";' in page
