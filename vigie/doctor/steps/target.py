"""Discovery has made a target of the host."""

from vigie.core.http.fetch_failure import Trouble, brief
from vigie.doctor.findings.facts import Discovery, DiscoveryTarget
from vigie.doctor.findings.verdict import Case, Step, Verdict, failed, ok, skipped

REFUSALS = {
    "not_node_address": "register it at its node's own address: drop --advertise-address, or correct the agent's",
    "network": "add its network to discovery's allowed_networks, or register another address",
    "special_address": "register an address that other machines reach, or name it in discovery's allowed_networks",
    "address": "register an IP address in the allowed networks",
    "port": "register a port between 1 and 65535",
    "name": "rename the node or service: control characters are not taken",
    "duplicate": "deregister the older one of the two, which has the name already",
    "too_large": "take away some of its Meta or labels",
    "reserved_job": "rename the service: fixed job names belong to vigie's own servers",
}


def judge(case: Case) -> Verdict:
    """Judge what each bridge says of the host."""
    dc, bridges = case.host[0], 0
    for where, found in case.readings.discovery.items():
        assert not isinstance(found, Trouble)  # the step before has failed for it
        if not {dc, ""} & {site.dc for site in found.datacenters}:  # without a name: its agent's own, not yet known
            continue  # a bridge of another region
        bridges += 1
        verdict = _of(case, where, found)
        if verdict.state == "failed":
            return verdict
    if not bridges:
        return failed(f"no discovery reads datacenter {dc}", "name it in --datacenters, or give its own bridge's URL")
    return ok(f"{case.name} as job node")


def _of(case: Case, where: str, found: Discovery) -> Verdict:
    mine = found.targets.get(case.host)
    if mine:
        return _kept(case, where, mine[0])
    for one in found.refused:
        if one.service == "vigie-exporter" and one.id.startswith(f"{case.host[0]}/{case.name}/"):
            return failed(
                f"discovery at {where} refuses it ({one.why}): {brief(one.detail)}",
                REFUSALS.get(one.why, "correct the registration; `vigie discovery show` lists what is refused"),
            )
    if not case.registrations:
        return skipped("it is known from Consul alone, which can't tell")
    return failed(
        f"discovery at {where} does not select it, though it is registered",
        "compare its `select`, `health` and `datacenters` with the registration, or wait a second when it is new",
    )


def _kept(case: Case, where: str, one: DiscoveryTarget) -> Verdict:
    age = f"{case.readings.at - one.since:.0f} s"
    if one.status == "held":
        return failed(
            f"discovery at {where} holds it for {age}: Consul has lost more targets at once than it may",
            "if they are really gone, `vigie discovery release node`; if not, register them again",
        )
    if one.status == "lost":
        return failed(
            f"lost for {age}: it vanished from Consul while it was failing, and discovery at {where} keeps it",
            f"start its exporter again, or, if the machine is gone for good, `vigie discovery drop {case.name}`",
        )
    if one.status == "missing":
        return failed(
            f"it has vanished from Consul, and discovery at {where} is about to judge it",
            "look again in some seconds",
        )
    return ok()


STEP = Step("target", "a target of discovery", ("registered", "discovery"), judge)
