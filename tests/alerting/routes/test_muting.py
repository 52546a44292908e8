"""Recurring downtimes mute in any order, at each severity, and never make anybody hear what nobody should."""

import itertools

import pytest

from alerting.routes import muting, tree
from alerting.routes.downtimes import Downtime
from alerting.routes.grafana.policies import policy
from alerting.routes.grafana.timings import ALWAYS
from alerting.routes.matchers import exclude_each_other, parse_matcher
from alerting.routes.reading import read_routes
from tests.alerting.routes.test_render import FULL
from vigie.core.errors import UsageProblemError

DOWNTIMES = {
    "backup": Downtime(match=('job="db"',), comment="backup", from_="01:00", to="03:00"),
    "known": Downtime(match=('alertname="DbReplicaLags"',), comment="known"),
    "work": Downtime(match=('dc="par"',), comment="work", weekdays=("sunday",)),
}
ALERT = {"alertname": "DbReplicaLags", "job": "db", "dc": "par"}


@pytest.fixture
def routes(tmp_path):
    (tmp_path / "routes.yml").write_text(FULL)
    return read_routes(tmp_path / "routes.yml")


def mutes_of(route, labels):
    """Return the mute times of the node at which an alert ends, as Alertmanager walks: the first child that matches."""
    for child in route.get("routes", ()):
        parsed = [parse_matcher(matcher) for matcher in child["matchers"]]
        if all(sign == "=" and labels.get(name) == value for name, sign, value in parsed):
            return mutes_of(child, labels)
    return set(route.get("mute_time_intervals", ()))


@pytest.mark.parametrize("order", list(itertools.permutations(DOWNTIMES)), ids=" ".join)
def test_all_that_match_mute_whatever_stands_first(order):
    leaf = {"routes": muting.children({name: DOWNTIMES[name] for name in order}, ())}
    assert mutes_of(leaf, ALERT) == {"downtime-backup", "downtime-known", "downtime-work"}
    assert mutes_of(leaf, {"job": "db", "dc": "lon"}) == {"downtime-backup"}
    assert mutes_of(leaf, {"alertname": "DbReplicaLags", "dc": "par"}) == {"downtime-known", "downtime-work"}
    assert mutes_of(leaf, {"job": "web"}) == set()


@pytest.mark.parametrize("severity", ["critical", "warning", "page", None])
@pytest.mark.parametrize("team", ["shop", None])
def test_each_severity_is_muted_also_one_that_is_not_ours_or_missing(routes, severity, team):
    labels = {**ALERT, **({"severity": severity} if severity else {}), **({"team": team} if team else {})}
    root = tree.render(routes, DOWNTIMES)
    leaves = [leaf for leaf in flatten(root) if leaf.get("receiver") and fits(leaf, labels)]
    assert leaves
    assert all(mutes_of(leaf, labels) >= {"downtime-backup", "downtime-known"} for leaf in leaves)


def flatten(route):
    for child in route.get("routes", ()):
        yield child
        yield from flatten(child)


def fits(leaf, labels):
    [[name, sign, value]] = [parse_matcher(matcher) for matcher in leaf["matchers"]]
    given = labels.get("severity", "")
    return name == "severity" and (given == value if sign == "=" else given not in value.split("|"))


def test_in_grafana_nobody_stays_nobody(routes):
    for node in flatten(policy(routes, DOWNTIMES)):
        if ALWAYS in node.get("mute_time_intervals", ()):
            assert "routes" not in node


def test_those_that_no_alert_can_match_together_are_no_more_than_they_are():
    downtimes = {f"d{number}": Downtime(match=(f'job="job-{number}"',), comment="x") for number in range(100)}
    assert len(muting.children(downtimes, ())) == 100
    assert all("routes" not in child for child in muting.children(downtimes, ()))


def test_too_many_that_overlap_are_refused_in_a_sentence():
    downtimes = {f"d{number}": Downtime(match=(f'label_{number}="x"',), comment="x") for number in range(12)}
    with pytest.raises(UsageProblemError, match="12 downtimes may match together in more than 500 ways"):
        muting.children(downtimes, ())


@pytest.mark.parametrize(
    ("some", "others", "excluded"),
    [
        (['job="db"'], ["job=web"], True),
        (['job="db"'], ['job=~"web|db"'], False),
        (['job="db"', 'dc="par"'], ['dc="par"'], False),
        (["no matcher"], ['job="db"'], False),
    ],
)
def test_what_excludes_each_other(some, others, excluded):
    assert exclude_each_other(some, others) is excluded
