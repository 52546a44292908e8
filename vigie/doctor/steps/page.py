"""The exporter's page is valid, complete and quick."""

from collections.abc import Mapping

from vigie.core.http.address import mask_url
from vigie.core.http.fetch_failure import Kind, brief
from vigie.doctor.findings.scrape_agreement import is_scraped_everywhere
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok, skipped

# Without these the alerts on hosts can't fire, and the boards stay empty; each with its collector.
FAMILIES = {
    "node_cpu_seconds_total": "cpu",
    "node_memory_MemTotal_bytes": "meminfo",
    "node_load1": "loadavg",
    "node_time_seconds": "time",
    "node_uname_info": "uname",
}
LINE = "repair what writes this line; is another program than an exporter listening there?"
REMEDIES: Mapping[Kind, str] = {
    "server": "look at the exporter's log, which names what fails; 503 means that it is overloaded or leaving",
    "page": LINE,
    "size": "is another program than an exporter listening there?",
}
SLOW_SECONDS = 5.0  # Prometheus's scrape timeout by the contract


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the text; a page that wants a login is left to Prometheus, which has it."""
    if inputs.page is None:
        return ok("every Prometheus takes it")
    where, text = mask_url(inputs.page.url), inputs.page.text
    if isinstance(text, bytes):
        return _of_text(inputs, where, text, inputs.page.took_seconds)
    if text.kind in REMEDIES:
        return failed(text.cause(f"the page {where}"), REMEDIES[text.kind])
    return skipped(f"{text.cause(where)}: Prometheus's scrape will tell")


def _of_text(inputs: DiagnosisInput, where: str, text: bytes, took_seconds: float) -> Verdict:
    if inputs.page_problem and is_scraped_everywhere(inputs):
        return ok(f"Prometheus takes it, though it is not quite the text format: {brief(inputs.page_problem)}")
    if inputs.page_problem:
        return failed(
            f"the page {where} is not valid: {brief(inputs.page_problem)}",
            LINE,
        )
    missing = [name for name in FAMILIES if name not in inputs.families]
    if missing:
        flags = " ".join(f"--collector.{FAMILIES[name]}" for name in missing)
        return failed(f"the page {where} lacks {', '.join(missing)}", f"switch the collectors on again: {flags}")
    if took_seconds > SLOW_SECONDS:
        return failed(
            f"the page took {took_seconds:.1f} s, more than Prometheus waits ({SLOW_SECONDS:g} s)",
            "see vigie_collector_state on the page for what times out, and switch that collector off",
        )
    return ok(f"{len(inputs.families)} families, {len(text) / 1024:.0f} KiB")


STEP = Step(title="its page is valid", after=("agent",), needs=("agent",), judge=judge)
