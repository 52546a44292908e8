"""The page of one runbook."""

from vigie.console.pages.runbook import render_markdown


def test_a_runbook_stands_there_with_its_rule(serve, get):
    url = serve().url
    assert "The rule" in get(url + "/runbooks/DiskFull").text
    assert get(url + "/runbooks/..%2F..%2Fetc%2Fpasswd").status_code == 404


def test_html_in_markdown_stays_text():
    assert "<script>" not in render_markdown("<script>alert(1)</script>")
    assert "href" not in render_markdown("[x](javascript:alert(1))")
