"""Every Prometheus answers and runs by its newest configuration."""

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.verdict import Case, Step, Verdict, failed, ok


def judge(case: Case) -> Verdict:
    """Judge each Prometheus of the list."""
    for where, found in case.readings.prometheus.items():
        if isinstance(found, FetchFailure):
            return failed(
                found.cause(f"Prometheus at {where}"),
                "start it, or name the right ones by VIGIE_PROMETHEUS_URL; its log tells why it does not start"
                if found.kind != "login"
                else "put user and password into the URL of VIGIE_PROMETHEUS_URL",
            )
        if not found.reload_is_good:
            return failed(
                f"Prometheus at {where} has refused its newest configuration and runs on with an older one",
                "look at its log for the line, or run `promtool check config`; then reload it",
            )
    return ok(", ".join(case.readings.prometheus))


STEP = Step("prometheus", "Prometheus answers", (), judge)
