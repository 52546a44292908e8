"""The selection grammar: what it means, what it knows of a service before its instances, what it refuses."""

import pytest

from discovery.targets.selection import Facts, parse

FACTS = Facts(
    service="web",
    tags=("prometheus", "v-1"),
    node="host-1",
    dc="eu",
    health="warning",
    meta={"team": "core", "a b": "x"},
    node_meta={"lifecycle": "spot"},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag == prometheus", True),
        ("tag == other", False),
        ("tag != other", True),
        ("tag != prometheus", False),
        ("tag =~ v-.", True),
        ("tag =~ v-", False),
        ('tag !~ "v-(1|2)"', False),
        ("service == web and dc == eu", True),
        ("service == web and dc == us", False),
        ("service == api or health == warning", True),
        ("not service == web", False),
        ("not not service == web", True),
        ("meta.team == core", True),
        ("meta.none == core", False),
        ('meta.none == ""', True),
        ("meta.none != core", True),
        ("node_meta.lifecycle == spot", True),
        ("node =~ host-.*", True),
        ("service == api or service == web and dc == us", False),
        ("(service == api or service == web) and dc == eu", True),
        ('service=="web"and(dc=="eu")', True),
        (r'meta.team == "c\ore"', True),
    ],
)
def test_what_an_expression_means(text, expected):
    assert parse(text).selects(FACTS) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag == prometheus", True),
        ("tag == absent", False),
        ("tag != b", True),  # some instance may lack it
        ("tag != absent", True),
        ("not tag == prometheus", True),
        ("service == web", True),
        ("service == api", False),
        ("not service == web", False),
        ("service == api and meta.team == core", False),
        ("service == web and meta.team == core", True),
        ("meta.team == core", True),
        ("service == api or health == passing", True),
        ("tag == absent or service == api", False),
    ],
)
def test_what_is_known_of_a_service_before_its_instances_are_read(text, expected):
    assert parse(text).may_select("web", ("prometheus", "b")) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a field at the end"),
        ("tag", "expected an operator at the end"),
        ("tag ==", "expected a value at the end"),
        ("tag = x", "can't read"),
        ("tag == x dc == y", "expected `and`, `or` or the end, not 'dc'"),
        ("tags == x", "'tags' is no field; expected tag, service, kind, node, dc, health, meta.KEY or node_meta.KEY"),
        ("meta. == x", "'meta.' is no field"),
        ("(tag == x", "expected `\\)`"),
        ("tag == (", "expected a value, not '\\('"),
        ("tag x y", "expected an operator, not 'x'"),
        ('tag =~ "("', "is no regular expression"),
        ('tag == "x', "can't read"),
        ("and tag == x", "'and' is no field"),
    ],
)
def test_a_wrong_expression_is_refused_with_what_was_expected(text, message):
    with pytest.raises(ValueError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("expression", "kinds"),
    [
        ("tag == prometheus", [""]),
        ('service =~ ".*"', [""]),
        ("tag == prometheus and kind != mesh-gateway", ["", "connect-proxy"]),
        ("kind == mesh-gateway", ["mesh-gateway"]),
    ],
)
def test_sidecars_and_gateways_are_selected_only_when_the_expression_speaks_of_them(expression, kinds):
    every = ("", "connect-proxy", "mesh-gateway")
    facts = [Facts("web", ("prometheus",), "n", "dc1", "passing", {}, {}, kind) for kind in every]
    assert [instance.kind for instance in facts if parse(expression).selects(instance)] == kinds
