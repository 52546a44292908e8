"""Alertmanager runs with the configuration that is declared."""

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

APPLY = "run `vigie provision apply --local --alertmanager-config FILE` beside it"


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge whether the declared routes are sound and their receivers known to each Alertmanager."""
    if inputs.readings.routes:
        return failed(
            f"routes.yml can't be used: {inputs.readings.routes}", "correct it; `vigie lint` finds all faults"
        )
    for where, alertmanager in inputs.readings.alertmanager.items():
        assert not isinstance(alertmanager, FetchFailure)  # else the step before failed
        if not alertmanager.reload_is_good:
            return failed(
                f"Alertmanager at {where} has refused its newest configuration and runs on with an older one",
                "run `amtool check-config` on its file, correct it, and reload",
            )
        missing = sorted(set(inputs.readings.receivers) - alertmanager.receivers)
        if missing:
            return failed(
                f"Alertmanager at {where} does not know the receiver {', '.join(missing)} of routes.yml", APPLY
            )
    return ok(f"{len(inputs.readings.receivers)} receivers")


STEP = Step(title="its configuration is ours", after=("alertmanager",), needs=("alertmanager",), judge=judge)
