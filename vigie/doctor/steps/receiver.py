"""Who receives the host's alerts can be reached."""

from vigie.core.http.fetch_failure import brief
from vigie.doctor.findings.facts import Untold
from vigie.doctor.findings.verdict import Case, Step, Verdict, failed, ok, skipped


def judge(case: Case) -> Verdict:
    """Judge the ways of the receivers of the host's routes, by connections alone."""
    routes = case.routes_of()
    if isinstance(routes, Untold):
        return skipped("the routes are not known")
    found = case.reached(frozenset(name for one in routes for name in one.receivers))
    for one in found:
        if one.trouble:
            return failed(
                f"receiver {one.receiver} can't be reached by {one.way}: {one.trouble.cause(brief(one.address))}",
                "start it or correct its address in routes.yml; Alertmanager must reach it from its own machine",
            )
    if not found:
        return skipped("the addresses of its receivers are secrets that only Alertmanager reads")
    return ok(", ".join(sorted({f"{one.receiver} by {one.way} ({brief(one.address)})" for one in found})))


STEP = Step("receiver", "its receivers answer", ("route",), judge)
