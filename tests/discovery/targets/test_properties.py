"""Whatever a catalog holds, the files stay valid and nobody's identity is forged."""

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.publishing.groups import render
from discovery.targets.policy import Policy, parse_networks
from discovery.targets.selection import parse
from discovery.targets.service_parser import ServiceParser

POLICY = Policy(parse("tag == prometheus"), {}, frozenset(), parse_networks(["0.0.0.0/0", "::/0"]), frozenset())
ADDRESSES = st.sampled_from(["", "10.0.0.1", "10.0.0.2", "::1", "h/../x", "[::1]", "db.local", "a b", "\n"]) | st.text()
KEYS = st.sampled_from(
    ["label_job", "label_team", "label_a-b", "label___address__", "instance", "scheme", "metrics_path", "a-b", "a_b"]
) | st.text(max_size=10)
TEXTS = st.sampled_from(["node", "host-2", "/metrics", "https", "host-1/x:1", "\x00"]) | st.text(max_size=10)
META = st.none() | st.dictionaries(KEYS, TEXTS, max_size=5)
NAMES = st.sampled_from(["web", "node", "vigie-exporter", "../../etc/passwd", "prometheus"]) | st.text(max_size=8)
HOSTS = st.sampled_from(["host-1", "host-2", "a\nb"])
CHECKS = st.lists(
    st.fixed_dictionaries(
        {"CheckID": st.text(max_size=5), "Status": st.sampled_from(["passing", "critical", "odd"]), "Notes": TEXTS}
    ),
    max_size=3,
)


@st.composite
def catalogs(draw):
    service = draw(NAMES)
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        node = {"Node": draw(HOSTS), "Address": draw(ADDRESSES), "Datacenter": "dc1", "Meta": draw(META)}
        record = {
            "ID": draw(st.text(max_size=4)),
            "Service": service,
            "Address": draw(ADDRESSES),
            "Port": draw(st.integers(-1, 70000)),
            "Tags": draw(st.none() | st.lists(st.just("prometheus") | TEXTS, max_size=3)),
            "Meta": draw(META),
            "CreateIndex": draw(st.integers(0, 9)),
        }
        rows.append({"Node": node, "Service": record, "Checks": draw(CHECKS)})
    odd = draw(st.lists(st.sampled_from([None, 5, "x", [], {}, {"Node": {}}]), max_size=2))
    return service, rows, json.dumps(rows + odd).encode()


@given(catalogs())
@settings(max_examples=300)
def test_any_catalog_gives_valid_files_without_a_forged_label(catalog):
    service, rows, body = catalog
    parsed = ServiceParser(POLICY).parse(service, body)
    groups = json.loads(render(parsed.targets.values()))
    known_hosts = {row["Node"]["Node"] for row in rows}
    identities = set()
    for group in groups:
        labels = group["labels"]
        (address,) = group["targets"]
        assert re.fullmatch(r"(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}", address)
        assert all(re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name) for name in labels)
        assert all((isinstance(value, str) and value.isprintable()) or "\x00" not in value for value in labels.values())
        dunder = {name for name in labels if name.startswith("__") and not name.startswith("__meta_consul_")}
        assert dunder <= {"__scheme__", "__metrics_path__"}
        assert labels["job"] == ("node" if service == "vigie-exporter" else service)
        assert labels["job"] != "node" or labels["instance"] == labels["host"]
        assert labels["host"] in known_hosts
        assert labels["dc"] == "dc1"
        assert labels["instance"].startswith(labels["host"]) or labels["instance"] == address
        identities.add((labels["dc"], labels["job"], labels["instance"]))
    assert len(identities) == len(groups)


@given(catalogs())
def test_a_row_parsed_before_means_the_same(catalog):
    service, _, body = catalog
    parser = ServiceParser(POLICY)
    first = parser.parse(service, body)
    assert first == parser.parse(service, body) == ServiceParser(POLICY).parse(service, body)


def test_a_dead_machine_stands_in_nobody_s_way():
    def row(number):
        node = {"Node": f"host-{number}", "Address": "10.0.0.1", "Datacenter": "dc1"}
        service = {"ID": "x", "Service": "web", "Port": 80, "Tags": ["prometheus"], "CreateIndex": number}
        return {"Node": node, "Service": service, "Checks": []}

    body = json.dumps([row(1), row(2)]).encode()
    parser = ServiceParser(POLICY)
    alive = parser.parse("web", body)
    assert {target.host for target in alive.targets.values()} == {"host-1"}
    assert {refusal.reason for refusal in alive.refusals} == {"duplicate"}
    dead = parser.recall("web", lambda target: target.host == "host-1")
    assert {target.host for target in dead.targets.values()} == {"host-1", "host-2"}
    assert not dead.refusals
