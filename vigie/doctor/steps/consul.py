"""Consul answers, has a leader, and shows us everything."""

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

POLICY = 'node_prefix "" { policy = "read" } and service_prefix "" { policy = "read" }'


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge Consul's leader, and what our token may see."""
    where, consul = inputs.readings.consul
    if isinstance(consul, FetchFailure):
        return _unread(where, consul)
    if not consul.has_leader:
        return _leaderless(where)
    dc = inputs.host[0]
    if dc in consul.unread:
        return failed(
            f"datacenter {dc} can't be read through {where}: {consul.unread[dc].cause('Consul there')}",
            "repair the link between the datacenters; their targets stay meanwhile",
        )
    if dc in consul.filtered:
        return failed(
            f"Consul at {where} hides instances from us: its answers lack its own service",
            f"give our token {POLICY}: without it, discovery believes nothing either",
        )
    return ok(f"{where}, datacenter {', '.join(consul.datacenters)}")


def _unread(where: str, failure: FetchFailure) -> Verdict:
    if failure.kind == "forbidden":
        return failed(
            f"Consul at {where} refuses our token ({failure.detail})",
            f"put a token with {POLICY} (discovery's will do) into the file that VIGIE_CONSUL_TOKEN_FILE names",
        )
    if "No cluster leader" in failure.detail:
        return _leaderless(where)
    return failed(
        failure.cause(f"Consul at {where}"),
        "start Consul, or name it by VIGIE_CONSUL_URL; until then discovery keeps its last good targets",
    )


def _leaderless(where: str) -> Verdict:
    return failed(
        f"Consul at {where} has no leader, so that nobody can register and nothing is known",
        "bring back a majority of its servers: `consul operator raft list-peers`",
    )


STEP = Step(title="Consul answers", after=("page",), needs=(), judge=judge)
