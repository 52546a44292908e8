"""Consul answers, has a leader, and shows us everything."""

from vigie.core.http.fetch_failure import Trouble as FetchFailure
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

POLICY = 'node_prefix "" { policy = "read" } and service_prefix "" { policy = "read" }'


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge what Consul told of itself."""
    where, found = inputs.readings.consul
    if isinstance(found, FetchFailure):
        return _unread(where, found)
    if not found.has_leader:
        return _leaderless(where)
    dc = inputs.host[0]
    if dc in found.unread:
        return failed(
            f"datacenter {dc} can't be read through {where}: {found.unread[dc].cause('Consul there')}",
            "repair the link between the datacenters; their targets stay meanwhile",
        )
    if dc in found.filtered:
        return failed(
            f"Consul at {where} hides instances from us: its own service is not among its answers",
            f"give our token {POLICY}: without it, discovery believes nothing either",
        )
    return ok(f"{where}, datacenter {', '.join(found.datacenters)}")


def _unread(where: str, found: FetchFailure) -> Verdict:
    if found.kind == "forbidden":
        return failed(
            f"Consul at {where} refuses our token ({found.detail})",
            f"put a token with {POLICY} (discovery's will do) into the file that VIGIE_CONSUL_TOKEN_FILE names",
        )
    if "No cluster leader" in found.detail:
        return _leaderless(where)
    return failed(
        found.cause(f"Consul at {where}"),
        "start Consul, or name it by VIGIE_CONSUL_URL; until then discovery keeps its last good targets",
    )


def _leaderless(where: str) -> Verdict:
    return failed(
        f"Consul at {where} has no leader, so that nobody can register and nothing is known",
        "bring back a majority of its servers: `consul operator raft list-peers`",
    )


STEP = Step(title="Consul answers", after=("page",), needs=(), judge=judge)
