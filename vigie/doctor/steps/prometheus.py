"""Every Prometheus answers and runs with its newest configuration."""

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge each Prometheus of the settings."""
    for where, prometheus in inputs.readings.prometheus.items():
        if isinstance(prometheus, FetchFailure):
            return failed(
                prometheus.cause(f"Prometheus at {where}"),
                "start it, or name the right ones by VIGIE_PROMETHEUS_URL; its log tells why it does not start"
                if prometheus.kind != "login"
                else "put user and password into the URL of VIGIE_PROMETHEUS_URL",
            )
        if not prometheus.reload_is_good:
            return failed(
                f"Prometheus at {where} has refused its newest configuration and runs on with an older one",
                "look at its log for the line, or run `promtool check config`; then reload it",
            )
    return ok(", ".join(inputs.readings.prometheus))


STEP = Step(title="Prometheus answers", after=("target",), needs=(), judge=judge)
