"""The receivers of the host's alerts can be reached."""

from vigie.core.http.fetch_failure import brief
from vigie.doctor.findings.facts import UnresolvedRoutes
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok, skipped


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge whether the receivers of the host's routes take connections."""
    routes = inputs.find_routes()
    if isinstance(routes, UnresolvedRoutes):
        return skipped("the routes are not known")
    results = inputs.probe_receivers(frozenset(name for route in routes for name in route.receivers))
    for result in results:
        if result.failure:
            cause = result.failure.cause(brief(result.address))
            return failed(
                f"receiver {result.receiver} can't be reached by {result.kind}: {cause}",
                "start it or correct its address in routes.yml; Alertmanager must reach it from its own machine",
            )
    if not results:
        return skipped("the addresses of its receivers are secrets that only Alertmanager reads")
    return ok(
        ", ".join(sorted({f"{result.receiver} by {result.kind} ({brief(result.address)})" for result in results}))
    )


STEP = Step(title="its receivers answer", after=("route",), needs=("route",), judge=judge)
