"""The copy of docs/ that Sphinx reads: links lead to the site's own pages, and none leads nowhere."""

import pytest

from tools import stage_docs


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name, text in {
        "docs/index.md": "[an alert](../alerting/runbooks/A.md#what) [code](../Makefile) [`Makefile`](../Makefile)\n",
        "alerting/runbooks/A.md": "# A\n\n[back](../../docs/index.md)\n",
        "integrations/redis/setup.md": "# Redis\n",
        "integrations/nginx/setup.md": "# nginx\n",
        "Makefile": "all:\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(stage_docs, "ROOT", tmp_path)
    monkeypatch.setattr(stage_docs, "PAGES", {})
    return tmp_path


def test_links_lead_to_where_pages_are_in_the_site(repository):
    target = repository / "build"
    stage_docs.main(target)
    assert (
        target / "index.md"
    ).read_text() == "[an alert](reference/runbooks/A.md#what) code (`Makefile`) `Makefile`\n"
    assert (target / "reference/runbooks/A.md").read_text() == "# A\n\n[back](../../index.md)\n"
    assert "\nA\n" in (target / "reference/runbooks/index.md").read_text()
    assert "\nnginx\nredis\n" in (target / "reference/integrations/index.md").read_text()
    assert (target / "reference/integrations/redis.md").read_text() == "# Redis\n"


def test_a_link_that_leads_nowhere_ends_the_run(repository):
    (repository / "docs/index.md").write_text("[gone](gone.md)\n")
    with pytest.raises(SystemExit, match=r"docs/index\.md: gone\.md: there is no such file"):
        stage_docs.main(repository / "build")
