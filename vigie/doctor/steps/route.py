"""The host's alerts have a way to somebody."""

from vigie.core.http.fetch_failure import Trouble as FetchFailure
from vigie.core.http.fetch_failure import brief
from vigie.doctor.findings.facts import UnresolvedRoutes
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok, skipped
from vigie.doctor.receivers.routing import ALERT

NOBODY = "nobody"


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge where the alert of a dead host would go, with the host's own labels."""
    found = inputs.find_routes()
    if isinstance(found, UnresolvedRoutes) and found.is_fault:
        return failed(f"the routes can't be tried: {found.why}", "correct Alertmanager's configuration")
    if isinstance(found, UnresolvedRoutes):
        return skipped(f"the routes can't be tried here: {found.why}")
    for one in found:
        told = [name for name in one.receivers if name and name != NOBODY]
        if not told:
            return failed(
                f"{one.alert} of {inputs.name} reaches nobody: its receiver is {', '.join(one.receivers)}",
                "name a receiver for `critical` in routes.yml, for its team or in `default`, and apply it",
            )
    return ok("; ".join(f"{one.alert} to {', '.join(one.receivers)}" for one in found) + _silenced(inputs))


def _silenced(inputs: DiagnosisInput) -> str:
    """Return which silence keeps the alert back now, if one does: somebody wants it so, hence no fault."""
    wanted = {**inputs.labels(), **ALERT}
    for alertmanager in inputs.readings.alertmanager.values():
        for one in () if isinstance(alertmanager, FetchFailure) else alertmanager.silences:
            if all(matcher.matches(wanted) for matcher in one.matchers):
                return f"; silenced until {one.ends_at[:16]} UTC by {brief(one.by)}: {brief(one.comment)}"
    return ""


STEP = Step(title="its alerts have a route", after=("configuration",), needs=("configuration",), judge=judge)
