"""Rule groups against Grafana: equal ones are left alone, others' rules too, and every name arrives."""

import copy

import pytest

from dashboards.grafana.folders import ALERTS, BOARDS
from dashboards.grafana.rule_groups import RuleGroups, group_path
from tests.dashboards.grafana.conftest import GROUPS, OTHERS, rule
from vigie.reconcile.apply import apply
from vigie.reconcile.diff import differences
from vigie.reconcile.plan import find_drift, plan
from vigie.reconcile.prune import find, prune
from vigie.reconcile.retry import Patience

PATIENT = Patience(attempts=3, first_pause_seconds=0)
ONCE = Patience(attempts=1)
KEYS = list(GROUPS)
UNLOCKED = {"X-Disable-Provenance": "true"}


@pytest.fixture
def groups(grafana):
    """Return `groups(wanted)`: our kinds with these rule groups."""
    return lambda declared=GROUPS: grafana.kinds(groups=declared)


def outcomes(results):
    return [
        (result.change.resource, result.change.key, result.outcome)
        for result in results
        if result.change.resource == "rule groups"
    ]


def actions(changes):
    return [(change.key, change.action) for change in changes if change.action != "unchanged"]


def put(grafana, folder, title, rules, interval=60, headers=None):
    kinds = RuleGroups(grafana.direct, {})
    body = {"title": title, "folderUid": folder, "interval": interval, "rules": rules}
    kinds.grafana.ask(grafana.api.client.PUT, group_path(folder, title), json=body, headers=headers or {})


def listed(grafana):
    rules = grafana.direct.ask(grafana.api.client.GET, "/v1/provisioning/alert-rules")
    return {rule["uid"]: (rule["folderUID"], rule["ruleGroup"], rule.get("provenance")) for rule in rules}


def test_creates_groups_whatever_their_names(grafana, groups):
    assert outcomes(apply(groups(), ONCE)) == [("rule groups", key, "done") for key in KEYS]
    assert listed(grafana) == {
        "vigie-a": (ALERTS, "host", "api"),
        "vigie-b": (ALERTS, "host", "api"),
        "vigie-c": (ALERTS, KEYS[1], "api"),
    }


def test_an_equal_group_is_not_written_so_that_what_is_pending_stays(grafana, groups):
    list(apply(groups(), ONCE))
    grafana.proxy.reset()
    assert list(apply(groups(), ONCE)) == []
    assert grafana.proxy.writes() == []


def test_a_changed_rule_writes_its_group_alone(grafana, groups):
    list(apply(groups(), ONCE))
    changed = copy.deepcopy(GROUPS)
    changed["host"]["rules"][0]["for"] = "5m"
    grafana.proxy.reset()
    [change] = [change for change in plan(groups(changed), ONCE) if change.action != "unchanged"]
    assert [difference.path for difference in differences(change.before, change.after)] == ["rules[uid=vigie-a].for"]
    assert outcomes(apply(groups(changed), ONCE)) == [("rule groups", "host", "done")]
    assert grafana.proxy.writes() == [("PUT", f"/api/v1/provisioning/folder/{ALERTS}/rule-groups/host")]


def test_sees_what_was_changed_by_hand(grafana, groups):
    list(apply(groups(), ONCE))
    put(grafana, ALERTS, "host", [rule("a", isPaused=True), rule("b")], 10)
    [change] = find_drift(groups(), ONCE)
    assert [(difference.path, difference.before) for difference in differences(change.before, change.after)] == [
        ("rules[uid=vigie-a].isPaused", True)
    ]


def test_a_rule_that_is_gone_from_a_group_is_deleted_and_order_is_kept(grafana, groups):
    list(apply(groups(), ONCE))
    turned = {"host": {"interval": 10, "rules": [rule("b"), rule("new")]}, KEYS[1]: GROUPS[KEYS[1]]}
    list(apply(groups(turned), ONCE))
    assert sorted(listed(grafana)) == ["vigie-b", "vigie-c", "vigie-new"]
    assert find_drift(groups(turned), ONCE) == []


def test_a_rule_that_somebody_moved_comes_back_with_its_uid(grafana, groups):
    list(apply(groups(), ONCE))
    grafana.api.folder.create_folder("Others", OTHERS["folder"])
    put(grafana, OTHERS["folder"], "others", [rule("a"), rule("o", uid="others-rule")])
    assert actions(find_drift(groups(), ONCE)) == [("host", "update")]
    list(apply(groups(), ONCE))
    assert listed(grafana)["vigie-a"] == (ALERTS, "host", "api")
    assert listed(grafana)["others-rule"] == (OTHERS["folder"], "others", "api")


def test_taking_a_rule_back_locks_nobody_elses(grafana, groups):
    """Grafana locks the rules that stay behind when a group pulls one out of theirs."""
    list(apply(groups(), ONCE))
    grafana.api.folder.create_folder("Others", OTHERS["folder"])
    put(grafana, OTHERS["folder"], "others", [rule("a"), rule("o", uid="others-rule")], headers=UNLOCKED)
    assert listed(grafana)["others-rule"] == (OTHERS["folder"], "others", None)
    list(apply(groups(), ONCE))
    assert listed(grafana)["vigie-a"] == (ALERTS, "host", "api")
    assert listed(grafana)["others-rule"] == (OTHERS["folder"], "others", None)
    assert find_drift(groups(), ONCE) == []


def test_a_rule_that_was_moved_within_ours_keeps_its_state(grafana, groups):
    list(apply(groups(), ONCE))
    put(grafana, ALERTS, KEYS[1], [rule("a"), rule("c")])
    grafana.proxy.reset()
    list(apply(groups(), ONCE))
    assert {method for method, _ in grafana.proxy.writes()} == {"PUT"}
    assert listed(grafana)["vigie-a"] == (ALERTS, "host", "api")


def test_refuses_to_write_over_a_rule_of_others(grafana, groups):
    list(apply(groups(), ONCE))
    put(grafana, ALERTS, "host", [rule("a"), rule("guest", uid="others-guest")], 10)
    [result] = [outcome for outcome in apply(groups(), ONCE) if outcome.change.resource == "rule groups"]
    assert result.outcome == "failed"
    assert "holds rules of others, which writing it would delete: guest" in result.message
    assert "others-guest" in listed(grafana)


def test_a_group_that_is_no_longer_declared_is_deleted_as_a_whole(grafana, groups):
    """Writing it without rules answers 200, and leaves every rule in place."""
    list(apply(groups(), ONCE))
    left = {KEYS[1]: GROUPS[KEYS[1]]}
    assert actions(find(groups(left), ONCE)) == [(f"{ALERTS}/host", "delete")]
    grafana.proxy.reset()
    assert outcomes(prune(groups(left), ONCE, list)) == [("rule groups", f"{ALERTS}/host", "done")]
    assert grafana.proxy.writes() == [("DELETE", f"/api/v1/provisioning/folder/{ALERTS}/rule-groups/host")]
    assert listed(grafana).keys() == {"vigie-c"}


def test_of_a_group_with_rules_of_others_ours_alone_are_deleted(grafana, groups):
    list(apply(groups({}), ONCE))
    grafana.api.folder.create_folder("Others", OTHERS["folder"])
    put(grafana, OTHERS["folder"], "others", [rule("old"), rule("o", uid="others-rule")])
    assert [outcome for _, _, outcome in outcomes(prune(groups({}), ONCE, list))] == ["done"]
    assert listed(grafana).keys() == {"others-rule"}


def test_says_what_grafana_refuses(groups):
    wrong = {"host": {"interval": 15, "rules": [rule("a")]}}
    [result] = [outcome for outcome in apply(groups(wrong), ONCE) if outcome.change.resource == "rule groups"]
    assert "interval (15s) should be non-zero" in result.message


def test_without_its_folder_nothing_is_written(grafana, groups):
    rule_groups = groups({"host": GROUPS["host"]})[2]
    [result] = apply([rule_groups], ONCE)
    assert "folder does not exist" in result.message
    assert listed(grafana) == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_request_it_converges_without_duplicates(grafana, groups, when):
    number, total = 0, 1
    while number < total:
        grafana.clean()
        grafana.proxy.reset({number: when})
        assert {result.outcome for result in apply(groups(), PATIENT)} == {"done"}, f"request {number}"
        total = len(grafana.proxy.seen)
        grafana.proxy.reset()
        assert find_drift(groups(), ONCE) == [], f"interrupted at request {number}"
        assert sorted(listed(grafana)) == ["vigie-a", "vigie-b", "vigie-c"]
        number += 1
    assert grafana.api.folder.get_folder(ALERTS)["parentUid"] == BOARDS
