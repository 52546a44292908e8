"""Consul finds the exporter and its node healthy."""

from vigie.core.http.fetch_failure import brief
from vigie.doctor.findings.facts import Check
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

BAD = ("critical", "warning")


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the checks of the registration and its node; maintenance is mentioned, and is no fault."""
    checks = [check for registration in inputs.registrations for check in registration.checks]
    maintenance = [check for check in checks if "maintenance" in check.check_id.lower()]
    bad = [check for check in checks if check.status in BAD and check not in maintenance]
    for check in bad:
        if check.check_id == "serfHealth":
            return failed(
                f"the Consul agent of {inputs.name} is away: {_output(check)}",
                "start the agent on that machine, and let its port (8301, TCP and UDP) through",
            )
    if bad:
        return failed(
            f"Consul's check {brief(bad[0].name)!r} is {bad[0].status}: {_output(bad[0])}",
            "the Consul agent must reach /-/healthy at the registered address; a firewall or an old address is likely",
        )
    if maintenance:
        return ok(f"in maintenance: {brief(maintenance[0].notes)}; still a target")
    return ok(f"{len(checks)} checks pass")


def _output(check: Check) -> str:
    return brief(check.output.strip()) or "the check has no output"


STEP = Step(title="healthy in Consul", after=("registered",), needs=("agent", "consul", "registered"), judge=judge)
