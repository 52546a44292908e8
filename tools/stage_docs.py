"""Copies docs/ for Sphinx, with what lies elsewhere in the repository and belongs to the site.

The pages of the reference that come from the code's declarations are made here too, and lie in no commit.

On a forge, pages link to `../../alerting/runbooks/HostDown.md` and the like. A site has only what lies below its
folder: so runbooks and the documents at the top are copied beside the pages, and links lead there. A link to a file
that is no page becomes the file's name. A link that leads nowhere ends the run.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from tools.reference.__main__ import PAGES

ROOT = Path(__file__).resolve().parent.parent
# What else is a page of the site: a pattern in the repository, and the folder of the site that it goes to.
FURTHER = (
    ("alerting/runbooks/*.md", "reference/runbooks"),
    ("integrations/*/runbooks/*.md", "reference/runbooks"),
    ("integrations/*/setup.md", "reference/integrations"),
    ("CHANGELOG.md", "project"),
    ("CODE_OF_CONDUCT.md", "project"),
    ("CONTRIBUTING.md", "project"),
    ("MAINTAINERS.md", "project"),
    ("SECURITY.md", "project"),
)
LINK = re.compile(r"(?<!!)\[([^\]\[]+)\]\(([^)\s#:]+)(#[^)\s]*)?\)")


def main(target: Path) -> None:
    """Make `target` anew: docs/ and the further pages, with their links rewritten."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target, ignore=shutil.ignore_patterns("__pycache__"))
    places = {path: target / path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    made = {ROOT / "docs" / "reference" / name: make() for name, make in PAGES.items()}
    places |= {path: target / "reference" / path.name for path in made}
    for pattern, folder in FURTHER:
        places |= {path: target / folder / name_page(path) for path in sorted(ROOT.glob(pattern))}
    problems: list[str] = []
    for source, place in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        text = made[source] if source in made else source.read_text()
        place.write_text(rewrite(source, text, places, problems))
    for folder in sorted({folder for _, folder in FURTHER}):
        write_index(target / folder)
    if problems:
        sys.exit("\n".join(problems))


def name_page(path: Path) -> str:
    """Return the name of a further page in its folder of the site; a page of set-up has its integration's."""
    return f"{path.parent.name}.md" if path.name == "setup.md" else path.name


def rewrite(source: Path, text: str, places: dict[Path, Path], problems: list[str]) -> str:
    """Return the text of the page `source` with its links as the site has them; one that leads nowhere is a problem."""

    def replace(match: re.Match[str]) -> str:
        words, target, anchor = match[1], match[2], match[3] or ""
        leads_to = Path(os.path.normpath(source.parent / target))
        if leads_to in places:
            return f"[{words}]({os.path.relpath(places[leads_to], places[source].parent)}{anchor})"
        if not leads_to.exists():
            problems.append(f"{source.relative_to(ROOT)}: {target}: there is no such file: expected a link to one")
        is_code = words.startswith("`") or words == target
        return words if is_code else f"{words} (`{os.path.relpath(leads_to, ROOT)}`)"

    return LINK.sub(replace, text)


def write_index(folder: Path) -> None:
    """Write the page that lists those of a folder, unless there are none."""
    names = sorted(path.stem for path in folder.glob("*.md") if path.stem != "index")
    if names:
        listed = "\n".join(names)
        folder.joinpath("index.md").write_text(f"# {folder.name.capitalize()}\n\n```{{toctree}}\n{listed}\n```\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
