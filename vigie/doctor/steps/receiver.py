"""Who receives the host's alerts can be reached."""

from vigie.core.http.fetch_failure import brief
from vigie.doctor.findings.facts import UnresolvedRoutes
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok, skipped


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the endpoints of the receivers of the host's routes, by connections alone."""
    routes = inputs.find_routes()
    if isinstance(routes, UnresolvedRoutes):
        return skipped("the routes are not known")
    found = inputs.probe_receivers(frozenset(name for one in routes for name in one.receivers))
    for one in found:
        if one.failure:
            return failed(
                f"receiver {one.receiver} can't be reached by {one.endpoint}: {one.failure.cause(brief(one.address))}",
                "start it or correct its address in routes.yml; Alertmanager must reach it from its own machine",
            )
    if not found:
        return skipped("the addresses of its receivers are secrets that only Alertmanager reads")
    return ok(", ".join(sorted({f"{one.receiver} by {one.endpoint} ({brief(one.address)})" for one in found})))


STEP = Step(title="its receivers answer", after=("route",), needs=("route",), judge=judge)
