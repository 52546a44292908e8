"""`vigie lint` as a person runs it, in a process of its own."""

from vigie.core.builtin import ROOT

SITE_RULE = """
groups:
  - name: shop
    rules:
      - alert: Down
        expr: up == 0
        for: 5m
        keep_firing_for: 5m
        labels: {severity: warning}
        annotations: {summary: It is down., description: It does not answer., runbook_url: /runbooks/Down}
"""


def test_lint_is_content_with_what_we_ship(vigie):
    done = vigie("lint", "--tests", str(ROOT / "tests" / "alerting" / "rules"))
    assert (done.returncode, done.stdout) == (0, "rules, routes, boards, pages and doctor's steps are fine\n")


def test_lint_wants_tests_of_the_site_folders_alerts(vigie, tmp_path):
    for name in ("rules", "tests", "runbooks"):
        (tmp_path / "site" / name).mkdir(parents=True)
    (tmp_path / "site" / "runbooks" / "Down.md").write_text("# Down\n")
    (tmp_path / "site" / "rules" / "shop.yml").write_text(SITE_RULE)
    flags = ("lint", "--site", str(tmp_path / "site"))
    assert vigie(*flags).returncode == 0
    done = vigie(*flags, "--tests", str(tmp_path / "site" / "tests"))
    assert done.returncode == 1
    fires, quiet = done.stdout.splitlines()
    assert fires.startswith("shop.test.yml: Down: no test sees it fire")
    assert quiet.startswith("shop.test.yml: Down: no test sees it quiet")
