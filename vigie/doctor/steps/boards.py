"""Grafana takes our login, has the board, and its data source has the host's data."""

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.facts import Grafana
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok, skipped

APPLY = "run `vigie provision apply --grafana`"


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge Grafana's answers; without a Grafana the step is skipped."""
    if inputs.readings.grafana is None:
        return skipped("no Grafana is named (VIGIE_GRAFANA_URL)")
    where, grafana = inputs.readings.grafana
    if isinstance(grafana, FetchFailure):
        return failed(grafana.cause(f"Grafana at {where}"), "start Grafana, or name the right one by VIGIE_GRAFANA_URL")
    return _login(where, grafana) or _board(where, grafana) or _data(inputs, where, grafana)


def _login(where: str, grafana: Grafana) -> Verdict | None:
    for failure in (grafana.board, grafana.source):
        if failure and failure.kind == "login":
            return failed(
                f"Grafana at {where} refuses our token: it has expired, was deleted, or is wrong ({failure.detail})",
                "make a new token of a service account with the role Viewer, and give it as VIGIE_GRAFANA_TOKEN_FILE",
            )
        if failure and failure.kind == "forbidden":
            return failed(
                f"Grafana at {where} does not let our login read boards or query data sources",
                "give the service account the role Viewer",
            )
    return None


def _board(where: str, grafana: Grafana) -> Verdict | None:
    if grafana.board is None:
        return None
    if grafana.board.kind == "missing":
        return failed(f"Grafana at {where} has no board vigie-host", APPLY)
    return failed(grafana.board.cause(f"Grafana at {where}"), "look at Grafana's log")


def _data(inputs: DiagnosisInput, where: str, grafana: Grafana) -> Verdict:
    if grafana.source and grafana.source.kind == "missing":
        return failed(f"Grafana at {where} has no data source vigie-prometheus", APPLY)
    if grafana.source:
        return failed(
            f"Grafana at {where} can't query Prometheus by its data source vigie-prometheus: {grafana.source.detail}",
            "let --datasource-url name Prometheus as Grafana's machine reaches it, and " + APPLY,
        )
    if inputs.host not in grafana.hosts_with_data:
        return failed(
            f"Grafana's data source has no data of {inputs.name}, though Prometheus has",
            "it asks another Prometheus than VIGIE_PROMETHEUS_URL names: compare --datasource-url, and " + APPLY,
        )
    return ok(where)


STEP = Step(title="boards have data", after=("rules",), needs=("fresh",), judge=judge)
