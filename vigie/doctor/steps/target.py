"""Discovery has made a target of the host."""

from vigie.core.http.fetch_failure import FetchFailure, brief
from vigie.doctor.findings.facts import Discovery, DiscoveryTarget
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok, skipped

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


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge what each discovery has of the host."""
    dc, answering = inputs.host[0], 0
    for where, discovery in inputs.readings.discovery.items():
        assert not isinstance(discovery, FetchFailure)  # else the step before failed
        # A datacenter without a name is that of discovery's own agent, which it has not read yet.
        if not {dc, ""} & {datacenter.dc for datacenter in discovery.datacenters}:
            continue  # a discovery of another region
        answering += 1
        verdict = _judge_discovery(inputs, where, discovery)
        if verdict.state == "failed":
            return verdict
    if not answering:
        return failed(
            f"no discovery reads datacenter {dc}", "name it in --datacenters, or give its own discovery's URL"
        )
    return ok(f"{inputs.name} as job node")


def _judge_discovery(inputs: DiagnosisInput, where: str, discovery: Discovery) -> Verdict:
    mine = discovery.targets.get(inputs.host)
    if mine:
        return _judge_kept(inputs, where, mine[0])
    for refusal in discovery.refused:
        if refusal.service == "vigie-exporter" and refusal.id.startswith(f"{inputs.host[0]}/{inputs.name}/"):
            return failed(
                f"discovery at {where} refuses it ({refusal.why}): {brief(refusal.detail)}",
                REFUSALS.get(refusal.why, "correct the registration; `vigie discovery show` lists what is refused"),
            )
    if not inputs.registrations:
        return skipped("it is known from Consul alone, which can't tell")
    return failed(
        f"discovery at {where} does not select it, though it is registered",
        "compare its `select`, `health` and `datacenters` with the registration, or wait a second when it is new",
    )


def _judge_kept(inputs: DiagnosisInput, where: str, target: DiscoveryTarget) -> Verdict:
    age = f"{inputs.readings.at - target.since:.0f} s"
    if target.status == "held":
        return failed(
            f"discovery at {where} holds it for {age}: Consul has lost more targets at once than it may",
            "if they are really gone, `vigie discovery release node`; if not, register them again",
        )
    if target.status == "lost":
        return failed(
            f"lost for {age}: it vanished from Consul while it was failing, and discovery at {where} keeps it",
            f"start its exporter again, or, if the machine is gone for good, `vigie discovery drop {inputs.name}`",
        )
    if target.status == "missing":
        return failed(
            f"it has vanished from Consul, and discovery at {where} is about to judge it",
            "look again in some seconds",
        )
    return ok()


STEP = Step(title="a target of discovery", after=("discovery",), needs=("registered", "discovery"), judge=judge)
