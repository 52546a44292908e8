"""Rendering of rule files."""

import pytest

from alerting import rulefiles
from vigie.errors import UsageProblemError


def test_renders_each_file_under_our_name_with_runbook_links(tmp_path):
    (tmp_path / "disk.yml").write_text("a: 1\n          runbook_url: /runbooks/DiskFull\n")
    (tmp_path / "notes.txt").write_text("no rules")
    [(name, text)] = rulefiles.render(tmp_path, "https://wiki.example/runbooks").items()
    assert name == "vigie-disk.yml"
    assert text.startswith("# Written by `vigie provision apply` from disk.yml")
    assert text.endswith("a: 1\n          runbook_url: https://wiki.example/runbooks/DiskFull\n")


@pytest.mark.parametrize("url", ["", "runbooks", "ftp://x/", "http://x/ #", "http://x/: y", "http://x/\nz: 1"])
def test_refuses_what_is_no_url(tmp_path, url):
    with pytest.raises(UsageProblemError, match="expected an http"):
        rulefiles.render(tmp_path, url)
