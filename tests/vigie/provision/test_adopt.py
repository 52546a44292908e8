"""Rules of Grafana that are adopted: what they mean stays, or they are named and left out."""

from typing import Any

import pytest
import yaml

from tests.vigie.provision.test_export import grafana as grafana_in_a_folder
from tests.vigie.provision.test_export import run
from vigie.core.errors import ProblemError
from vigie.provision.adopt import rule_file
from vigie.provision.adopted_query import Source

SOURCE = Source({"prom"}, 15)
ANYTHING = {"type": "math", "expression": "is_number($A) || is_nan($A)"}
grafana = grafana_in_a_folder  # a fixture


def threshold(kind, *params, on="A", **more):
    condition = {"evaluator": {"type": kind, "params": params}, **more}
    return {"type": "threshold", "expression": on, "conditions": [condition]}


def reduced(reducer):
    return {"type": "reduce", "reducer": reducer, "expression": "A"}


def queries(expression, *computed, model=None, **more):
    asks = {"refId": "A", "expr": expression, **(model or {"instant": True})}
    query = {"refId": "A", "datasourceUid": "prom", "relativeTimeRange": {"from": 600, "to": 0}, "model": asks, **more}
    nodes = enumerate(computed, start=1)
    return [query, *({"refId": "ABC"[i], "datasourceUid": "__expr__", "model": model} for i, model in nodes)]


def rule_of(data, **more):
    named = {"uid": "r", "title": "Slow", "noDataState": "OK", "execErrState": "OK", "condition": data[-1]["refId"]}
    return {**named, "data": data, **more}


def adopt(*rules, source=SOURCE):
    """Return the rules that are written, and why others are not."""
    adopted = rule_file("web", {"interval": 10, "rules": rules}, source)
    groups = yaml.safe_load(adopted.text)["groups"] if adopted.text else []
    return [rule for group in groups for rule in group["rules"]], adopted.left_out


OVER = threshold("gt", 1000)
RANGE = {"range": True, "instant": False}
RECOVERY = {"unloadEvaluator": {"type": "lt", "params": [500]}}
EXPRESSIONS = {
    "the query itself": (queries("up == 0"), "(up == 0) != 0"),
    "the last of an instant query": (queries("up", reduced("last"), threshold("lt", 1, on="B")), "(up) < 1"),
    "what vigie writes": (queries("up == 0", ANYTHING, threshold("gt", 0, on="B")), "up == 0"),
    "a large number": (queries("bytes", threshold("gt", 10737418240)), "(bytes) > 10737418240"),
    "a large number with a point": (queries("bytes", threshold("gt", 10737418240.0)), "(bytes) > 10737418240"),
    "many digits": (queries("x", threshold("gte", 0.123456789)), "(x) >= 0.123456789"),
    "below zero": (queries("x", threshold("lte", -1.5)), "(x) <= -1.5"),
    "an hour ago": (
        queries("up", threshold("lt", 1), relativeTimeRange={"from": 4200, "to": 3600}),
        "(last_over_time((up)[1s:1s] offset 3600s)) < 1",
    ),
    "the last of a range": (
        queries("up", reduced("last"), threshold("lt", 1, on="B"), model=RANGE),
        "(last_over_time((up)[600s:15s])) < 1",
    ),
    "recovery": (
        queries("depth", threshold("gt", 1000, **RECOVERY)),
        '(depth) > 1000 or ((depth) >= 500 and ignoring (alertname, alertstate) ALERTS{alertname="Slow"})',
    ),
    "Grafana's intervals": (
        queries("rate(x[$__rate_interval]) + increase(y[${__range}])", threshold("gt", 1)),
        "(rate(x[60s]) + increase(y[600s])) > 1",
    ),
}
LEFT_OUT: dict[str, Any] = {
    "two queries": ([*queries("up"), {**queries("down")[0], "refId": "B"}], {}, "expected one PromQL query"),
    "math": (queries("up", {"type": "math", "expression": "$A + 1"}), {}, "of type 'math'"),
    "a range of values": (queries("up", threshold("within_range", 1, 2)), {}, "'within_range' is none of"),
    "a mean": (queries("up", reduced("mean"), threshold("gt", 0, on="B")), {}, "last value"),
    "a range as it is": (queries("up", OVER, model=RANGE), {}, "last value"),
    "another data source": (queries('{app="x"}', OVER, datasourceUid="loki"), {}, "--datasource loki"),
    "paused": (queries("up", OVER), {"isPaused": True}, "it is paused"),
    "recording": (queries("up", OVER), {"record": {"metric": "x", "from": "A"}}, "it records"),
    "its own contact point": (
        queries("up", OVER),
        {"notification_settings": {"receiver": "pager"}},
        "tells the contact point 'pager'",
    ),
    "fires on errors": (queries("up", OVER), {"execErrState": "Alerting"}, "a query that fails makes it Alerting"),
    "keeps its last state": (queries("up", OVER), {"noDataState": "KeepLast"}, "keeps its state (KeepLast)"),
    "missing series": (queries("up", OVER), {"missingSeriesEvalsToResolve": 5}, "resolves 5 evaluations after"),
    "an interval of pictures": (queries("rate(x[$__interval])", OVER), {}, "holds $__interval"),
    "a variable": (queries('up{host="${host}"}', OVER), {}, "holds ${host"),
    "the condition's value": (
        queries("up", OVER),
        {"annotations": {"summary": "{{ $values.B.Value }}"}},
        "summary shows B, which is not the query's value",
    ),
    "a link of Grafana": (
        queries("up", OVER),
        {"annotations": {"summary": "{{ graphLink $labels.x }}"}},
        "uses graphLink",
    ),
    "a recovery in a range": (
        queries("up", threshold("gt", 1, unloadEvaluator={"type": "within_range", "params": [1, 2]})),
        {},
        "recovery threshold 'within_range'",
    ),
}


@pytest.mark.parametrize("case", EXPRESSIONS)
def test_a_condition_as_promql(case):
    data, expected = EXPRESSIONS[case]
    assert adopt(rule_of(data)) == ([{"alert": "Slow", "expr": expected}], [])


@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_rule_without_an_equal_is_named_and_the_others_are_written(case):
    data, more, reason = LEFT_OUT[case]
    rules, left_out = adopt(rule_of(data, **more), rule_of(queries("up", OVER), title="Fine"))
    assert [rule["alert"] for rule in rules] == ["Fine"]
    [sentence] = left_out
    assert sentence.startswith("the rule 'Slow' of the group 'web' has no equal in Prometheus: ")
    assert reason in sentence


def test_a_group_without_any_equal_is_no_file():
    assert rule_file("web", {"interval": 10, "rules": [rule_of(queries("up"), isPaused=True)]}, SOURCE).text is None


def test_a_state_without_data_is_kept():
    data = queries("up", OVER)
    [fires] = adopt(rule_of(data, noDataState="Alerting"))[0]
    assert fires["expr"] == "((up) > 1000) or absent(up)"
    told = {"for": "5m", "labels": {"severity": "warning"}}
    normal, missing = adopt(rule_of(data, noDataState="NoData", **told))[0]
    assert normal == {"alert": "Slow", "expr": "(up) > 1000", **told}
    labels = {"severity": "warning", "rulename": "Slow"}
    assert missing == {"alert": "DatasourceNoData", "expr": "absent(up)", "for": "5m", "labels": labels}


def test_recovery_leaves_the_labels_of_the_rule_out():
    data = queries("depth", threshold("gt", 1000, **RECOVERY))
    [rule] = adopt(rule_of(data, title='Deep "q"', labels={"team": "a", "severity": "warning"}))[0]
    assert 'ignoring (alertname, alertstate, severity, team) ALERTS{alertname="Deep \\"q\\""}' in rule["expr"]


@pytest.mark.parametrize("text", ["{{ $values.A.Value }}", "{{ $values.A }}", '{{ index $values "A" }}'])
def test_the_value_in_a_text_is_prometheus_own(text):
    [rule] = adopt(
        rule_of(queries("up", OVER), annotations={"summary": f"now {text}, {{{{ $values.A | humanize }}}}"})
    )[0]
    assert rule["annotations"]["summary"] == "now {{ $value }}, {{ $value | humanize }}"


def put(grafana, *rules, uid="prom"):
    source = {"uid": uid, "name": uid, "type": "prometheus", "access": "proxy", "url": "http://127.0.0.1:9090/"}
    grafana.state.create_datasource(source)
    assert grafana.state.put_group("team", "web/slow", {"interval": 60, "rules": list(rules)}, {}).status == 200


def test_an_adopted_folder_brings_its_boards_and_its_rules(grafana, tmp_path):
    texts = {"labels": {"severity": "page"}, "annotations": {"summary": "takes {{ $values.A.Value }} s"}}
    put(grafana, rule_of(queries("web_seconds", threshold("gt", 0.5)), **{"for": "5m", **texts}))
    done = run("adopt", "team")
    assert done.output.splitlines()[:2] == [
        "adopted: site/rules/foreign/Team-Shop-web-slow.yml",
        "adopted: site/boards/Team Shop/shop.json",
    ]
    assert "the rules in Grafana stay" in done.output
    [group] = yaml.safe_load((tmp_path / "site/rules/foreign/Team-Shop-web-slow.yml").read_text())["groups"]
    assert (group["name"], group["interval"]) == ("web/slow", "60s")
    expected = {"alert": "Slow", "expr": "(web_seconds) > 0.5", "for": "5m", "labels": {"severity": "page"}}
    assert group["rules"] == [{**expected, "annotations": {"summary": "takes {{ $value }} s"}}]
    grafana.state.create_folder({"uid": "vigie-boards-alerts", "title": "Alerts"})
    with pytest.raises(ProblemError, match="made from rule files already"):
        run("adopt", "vigie-boards-alerts")


@pytest.mark.parametrize("evaluator", ["prometheus", "grafana"])
def test_what_was_adopted_passes_lint_and_is_delivered(grafana, evaluator):
    bare = rule_of(queries("rabbitmq_queue_messages", threshold("gt", 1000, **RECOVERY)), noDataState="NoData")
    put(grafana, bare)
    assert run("adopt", "team").exit_code == 0
    assert run("apply", "--grafana", "--evaluator", evaluator).exit_code == 0
    assert any("foreign" in title for _, title in grafana.state.groups) == (evaluator == "grafana")
    assert run("drift", "--grafana", "--evaluator", evaluator).exit_code == 0


def test_rules_of_sub_folders_come_too(grafana, tmp_path):
    put(grafana)
    grafana.state.create_folder({"uid": "in", "title": "Web", "parentUid": "team"})
    rules = [rule_of(queries("up", OVER))]
    assert grafana.state.put_group("in", "slow", {"interval": 60, "rules": rules}, {}).status == 200
    assert run("adopt", "team").exit_code == 0
    assert (tmp_path / "site/rules/foreign/Team-Shop-Web-slow.yml").exists()


def test_what_has_no_equal_is_told_and_the_rest_written(grafana, tmp_path):
    paused = rule_of(queries("up", OVER), uid="p", title="Paused", isPaused=True)
    put(grafana, paused, rule_of(queries("up", OVER)))
    done = run("adopt", "team")
    assert done.exit_code == 1
    assert (
        "not adopted: the rule 'Paused' of the group 'web/slow' has no equal in Prometheus: it is paused" in done.output
    )
    assert "Paused" not in (tmp_path / "site/rules/foreign/Team-Shop-web-slow.yml").read_text()


def test_another_prometheus_is_named_as_ours_by_hand_alone(grafana, tmp_path):
    put(grafana, rule_of(queries("up", OVER, datasourceUid="other")))
    source = {"uid": "other", "name": "Other", "type": "prometheus", "access": "proxy", "url": "http://other:9090"}
    grafana.state.create_datasource(source)
    assert "asks the data source other" in run("adopt", "team").output
    assert not (tmp_path / "site/rules").exists()
    assert run("adopt", "team", "--datasource", "other").exit_code == 0
    assert (tmp_path / "site/rules/foreign/Team-Shop-web-slow.yml").exists()
