"""`python -m tools.reference FOLDER`: writes the pages of the reference that come from the code's declarations."""

import sys
from collections.abc import Callable
from pathlib import Path

from tools.reference.addresses import http_page
from tools.reference.alerts import alerts_page
from tools.reference.boards import panels_page
from tools.reference.commands import commands_page
from tools.reference.doctor import doctor_page
from tools.reference.integrations import integrations_page
from tools.reference.metrics import metrics_page
from tools.reference.settings import collector_page, settings_page
from tools.reference.site_folder import site_page

PAGES: dict[str, Callable[[], str]] = {
    "alerts.md": alerts_page,
    "collector-settings.md": collector_page,
    "commands.md": commands_page,
    "doctor-steps.md": doctor_page,
    "http.md": http_page,
    "known-integrations.md": integrations_page,
    "metrics.md": metrics_page,
    "panels.md": panels_page,
    "settings.md": settings_page,
    "site-folder.md": site_page,
}


def write_pages(folder: Path) -> None:
    """Write each page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (folder / name).write_text(make())


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
