"""`python -m tools.reference`: writes the pages; with `--check` it names those that are stale, and fails."""

import sys
from collections.abc import Callable
from pathlib import Path

from tools.reference.addresses import http_page
from tools.reference.alerts import alerts_page
from tools.reference.boards import panels_page
from tools.reference.commands import commands_page
from tools.reference.doctor import doctor_page
from tools.reference.metrics import metrics_page
from tools.reference.settings import collector_page, settings_page
from tools.reference.site_folder import site_page

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "alerts.md": alerts_page,
    "collector-settings.md": collector_page,
    "commands.md": commands_page,
    "doctor-steps.md": doctor_page,
    "http.md": http_page,
    "metrics.md": metrics_page,
    "panels.md": panels_page,
    "settings.md": settings_page,
    "site-folder.md": site_page,
}


def find_stale() -> list[str]:
    """Return the names of pages that are not as the code declares."""
    return [name for name, make in PAGES.items() if not _is_current(FOLDER / name, make())]


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text() == text


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; return the exit code."""
    if arguments == ["--check"]:
        stale = find_stale()
        if stale:
            print(f"docs/reference: {', '.join(stale)} are not as the code declares: run `make reference`")
        return len(stale) > 0
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
