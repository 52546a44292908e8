"""A folder that can't be read is not an empty one."""

import os
import subprocess
import sys

import pytest

from vigie.core.errors import UsageProblemError
from vigie.core.site_folder import check_readable

NOBODY = 65534


def refuses(site):
    """Return what is said of the folder by a user who is not root."""
    code = (
        "import sys; from pathlib import Path; from vigie.core.site_folder import check_readable\n"
        "try: check_readable(Path(sys.argv[1]))\nexcept Exception as error: print(error)"
    )
    drop = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    command = [sys.executable, "-c", code, str(site)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, **drop).stdout.strip()


@pytest.fixture
def site(tmp_path):
    """Return a site folder that everybody may read."""
    site = tmp_path / "site"
    (site / "rules" / "foreign").mkdir(parents=True)
    (site / "rules" / "host.yml").write_text("groups: []")
    for folder in (site, *site.parents):
        if folder.owner() == site.owner() and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o755)
    return site


def test_what_can_be_read_is_taken(site):
    assert check_readable(site) == site
    assert refuses(site) == ""


@pytest.mark.parametrize("name", ["rules", "rules/foreign", "rules/host.yml", "."])
def test_what_cannot_be_read_is_refused_by_name(site, name):
    path = site / name
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        said = refuses(site)
    finally:
        path.chmod(mode)
    assert str(path) in said
    assert "expected" in said


def test_a_link_that_leads_nowhere_is_refused(site):
    (site / "rules" / "gone.yml").symlink_to(site / "nowhere.yml")
    with pytest.raises(UsageProblemError, match=r"gone.yml: the link leads nowhere"):
        check_readable(site)


def test_hidden_files_are_nobodys_business(site):
    (site / ".git").mkdir()
    (site / ".git" / "HEAD").symlink_to(site / "nowhere")
    (site / ".#host.yml").symlink_to("ada@machine.4711")
    assert check_readable(site) == site
