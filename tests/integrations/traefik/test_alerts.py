"""Seeded faults in a real Traefik: the rules, in a real Prometheus, name what is wrong and nothing else."""

import pytest
import yaml

from tests.integrations import native
from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration
EXPECTED = {
    ("TraefikServerFailed", "edge", "half@file"),
    ("TraefikUnroutedHigh", "edge", ""),
    ("TraefikCertExpires", "edge", ""),
    ("TraefikCertExpiresSoon", "edge", ""),
    ("TraefikHighErrorRate", "edge", "dead@file"),
}


def rules():
    """Return the integration's rules, and the two of ours that hold for every Traefik."""
    document = yaml.safe_load(native.impatient_rules("traefik"))
    for group in yaml.safe_load(builtin("alerting", "rules", "traefik.yml").read_text())["groups"]:
        ours = [rule for rule in group["rules"] if rule.get("alert", "").startswith("Traefik")]
        document["groups"].append({"name": "ours", "rules": [{**rule, "for": "0s"} for rule in ours]})
    return yaml.safe_dump(document)


def test_faults_are_told_by_name(start_traefik, start_prometheus, wait_until):
    edge, inner = start_traefik(), start_traefik("3.0.4")
    (inner.folder / "routes.yml").write_text("")  # it serves nothing, also no certificate
    wait_until(lambda: inner.get("/shop") == 404, what="the end of the routes")
    inner.running.stop()
    inner.running.start()
    wait_until(lambda: edge.get("/shop") == 200, what="the routes")
    ports = {"edge": edge.port, "inner": inner.port}
    prometheus = start_prometheus(native.configure("traefik", ports), files={"rules.yml": rules()})

    def ask_again():
        for path in ("/shop", "/shop/none", "/half", "/dead", "/nowhere", "/nowhere", "/nowhere"):
            edge.get(path)
        return native.find_firing(prometheus, "service") == EXPECTED

    wait_until(ask_again, what=f"the alerts, not {native.find_firing(prometheus, 'service')}")
    inner.running.stop()
    everything = EXPECTED | {("TraefikDown", "inner", "")}
    wait_until(lambda: native.find_firing(prometheus, "service") == everything, what="the end of one Traefik")


def test_traefik_3_does_not_tell_of_a_refused_configuration(start_traefik, wait_until):
    """Why `TraefikReloadFailed` is for Traefik 2 alone, and its metric is `recorded`."""
    edge = start_traefik()
    wait_until(lambda: edge.get("/shop") == 200, what="the routes")
    before = edge.page()
    (edge.folder / "routes.yml").write_text("http: {nonsense: 1}\n")
    wait_until(lambda: "nonsense" in edge.running.log_text(), what="the refusal")
    names = [line for line in edge.page().splitlines() if line.startswith("# TYPE traefik_config")]
    assert names == [line for line in before.splitlines() if line.startswith("# TYPE traefik_config")]
    assert not any("failure" in name for name in names)
