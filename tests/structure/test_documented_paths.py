"""Every file or folder of ours that a document names is there."""

import re

import pytest

from tests.test_structure import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = "alerting|compose|dashboards|discovery|docs|exporter|tests|tools|vigie"
PATH = re.compile(rf"`((?:{FOLDERS})/[^`\s]*)`")
# Made by a build or by an operator.
NOT_COMMITTED = ("compose/.env", "compose/secrets", "compose/rendered", "compose/site", "compose/consul.d")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_document_names_is_there(document):
    named = {path for path in PATH.findall(document.read_text()) if not path.startswith(NOT_COMMITTED)}
    # `boards/<name>.py`, `rules/*.yml`: the folder must be there.
    missing = [path for path in named if not list(ROOT.glob(re.sub(r"<[^>]*>|…|\{[^}]*\}", "*", path.rstrip("/"))))]
    assert missing == []
