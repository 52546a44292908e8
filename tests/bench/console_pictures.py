"""Takes the console's pictures of the documents: 300 synthetic hosts, a real Prometheus, Debian's Chromium.

The pictures of boards need a Grafana, which is not in Debian: CONTRIBUTING.md tells how they are taken.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from bench_console import fleet

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
PICTURES = {
    "console-map.png": "/?group=team",
    "console-hosts.png": "/hosts?q=team%3Ashop+cpu%3E80%25&sort=-cpu",
}


def main() -> None:
    """Write the pictures."""
    binary = shutil.which("chromium") or sys.exit("chromium is missing: `make packages` installs it")
    with fleet(300) as url, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 520}, color_scheme="light")
        for name, path in PICTURES.items():
            page.goto(url + path)
            page.wait_for_timeout(1000)
            page.screenshot(path=FOLDER / name)
        browser.close()


if __name__ == "__main__":
    main()
