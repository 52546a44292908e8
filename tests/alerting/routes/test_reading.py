"""`routes.yml` and `downtimes.yml`: each mistake is told with its file, line and reason."""

import pytest

from alerting.routes.reading import read_downtimes, read_routes
from vigie.core.builtin import builtin
from vigie.core.errors import UsageProblemError

GOOD = """receivers:
  ops: {mail: {to: [ops@example.com]}}
mail_server: {smarthost: "mail:25", from: alerts@example.com}
default: {critical: ops, warning: ops, info: nobody}
teams:
  shop: {critical: [ops]}
severities:
  critical: {wait: 5s, repeat: 4h}
  warning: {wait: 10s, repeat: 12h, hours: office}
  info: {wait: 1m, repeat: 1d}
hours:
  office: {days: ["monday:friday"], from: "08:00", to: "18:00"}
grouping: {by: [alertname], interval: 1m}
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "routes.yml"
        path.write_text(text)
        return read_routes(path)

    return read


def test_reads_ours_and_a_good_one(read):
    assert read_routes(builtin("alerting", "routes.yml")).receivers["inbox"].inbox
    assert read(GOOD).mail_server.from_ == "alerts@example.com"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("critical: [ops]", "critical: [oops]", "routes.yml:6: teams.shop.critical: receiver oops is not there"),
        ("hours: office", "hours: night", "routes.yml:9: severities.warning.hours: hours night are not there"),
        ("  info: {wait: 1m, repeat: 1d}", "", "severities: severities.info: info is missing"),
        (", info: nobody", "", "routes.yml:4: default.info: info is missing"),
        ("mail_server", "hours_", "unknown field `hours_`"),
        ("wait: 10s", "wait: soon", "severities.warning.wait (line 9): Expected `str` matching regex"),
        ("to: [ops@example.com]", "too: [ops@example.com]", "receivers.ops.mail (line 2): "),
        ('"08:00"', '"8"', "hours.office.from (line 12): "),
        ("ops: {mail: {to: [ops@example.com]}}", "ops: {}", "routes.yml:2: receivers.ops.: tells nobody"),
        (
            "ops: {mail: {to: [ops@example.com]}}",
            "ops: {webhook: {token_file: /t}}",
            "receivers.ops.webhook: expected either url or url_file",
        ),
        ('mail_server: {smarthost: "mail:25", from: alerts@example.com}', "", "there is no mail_server"),
        ("receivers:", "receivers: {", "expected a readable YAML file"),
        (GOOD, "[]", "Expected `object`, got `array`"),
    ],
)
def test_names_the_mistake(read, before, after, words):
    assert before in GOOD
    with pytest.raises(UsageProblemError) as caught:
        read(GOOD.replace(before, after))
    assert words.removeprefix("severities: ") in str(caught.value)
    assert "routes.yml" in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageProblemError, match="expected a readable YAML file"):
        read_routes(tmp_path / "routes.yml")


def test_reads_downtimes(tmp_path):
    path = tmp_path / "downtimes.yml"
    path.write_text("backup: {match: ['job=\"db\"'], comment: nightly, from: '01:00', to: '02:00'}\n")
    assert read_downtimes(path)["backup"].to == "02:00"
    path.write_text("backup: {match: [], comment: nightly}\n")
    with pytest.raises(UsageProblemError, match=r"backup.match \(line 1\)"):
        read_downtimes(path)
