"""Alertmanager answers, and every Prometheus sends to it."""

from urllib.parse import urlsplit

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge every Alertmanager of the settings, and whether each Prometheus sends to it."""
    for where, alertmanager in inputs.readings.alertmanager.items():
        if isinstance(alertmanager, FetchFailure):
            return failed(
                alertmanager.cause(f"Alertmanager at {where}"),
                "start it, or name the right ones by VIGIE_ALERTMANAGER_URL; without any, no alert reaches anybody",
            )
        if alertmanager.cluster not in {"ready", "disabled"}:
            return failed(
                f"Alertmanager at {where} is not ready in its cluster ({alertmanager.cluster})",
                "let its cluster port (9094, TCP and UDP) through to its peers, or look again in a minute",
            )
    named = {urlsplit(url).netloc for url in inputs.readings.alertmanager}
    for where, prometheus in inputs.prometheuses().items():
        if not prometheus.alertmanagers:
            return failed(
                f"Prometheus at {where} sends its alerts to nobody",
                "name the Alertmanagers under alerting.alertmanagers in prometheus.yml",
            )
        if len(prometheus.alertmanagers) < len(named):
            return failed(
                f"Prometheus at {where} sends to {', '.join(prometheus.alertmanagers)} only, not to all {len(named)}",
                "name all Alertmanagers under alerting.alertmanagers in prometheus.yml",
            )
    return ok(", ".join(inputs.readings.alertmanager))


STEP = Step(title="Alertmanager answers", after=("boards",), needs=(), judge=judge)
