"""The exporter of the host answers."""

import difflib

from vigie.core.http.address import mask_url
from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings import hosts
from vigie.doctor.findings.scrape_agreement import is_scraped_everywhere
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

LOOK = "start `vigie exporter` on the host and look at its log (`journalctl -u vigie-exporter`)"
ANSWERS = frozenset(
    ("login", "forbidden", "tls", "certificate", "server", "page", "size", "samples", "labels", "targets")
)
REMEDIES = {
    "refused": LOOK + "; if it listens elsewhere, it must be registered there",
    "silent": LOOK,
    "closed": LOOK,
    "timeout": "look whether the machine lives, and open this port to Prometheus and to Consul's agent in its firewall",
    "server": LOOK,
}


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge what our own request got. An exporter that only Prometheus reaches is ok too."""
    if inputs.page is None:
        return ok("every Prometheus reaches it")
    where, text = mask_url(inputs.page.url), inputs.page.text
    if not isinstance(text, FetchFailure):
        return ok(f"{where}, {inputs.page.took_seconds * 1000:.0f} ms")
    if text.kind in ANSWERS:
        return ok(f"{where} answers")  # the next steps judge what it answers
    if is_scraped_everywhere(inputs):
        return ok(f"not from this machine ({text.cause(where)}), but Prometheus reaches it")
    cause = text.cause(f"the exporter at {where}")
    if not hosts.is_known(inputs.readings, inputs.host):
        return _unknown(inputs, cause)
    return failed(cause, REMEDIES.get(text.kind, text.remedy))


def _unknown(inputs: DiagnosisInput, cause: str) -> Verdict:
    names = {name for _, name in hosts.all_hosts(inputs.readings)}
    near = difflib.get_close_matches(inputs.name, sorted(names), 1)
    return failed(
        f"neither Consul, discovery nor Prometheus knows a host {inputs.name!r}, and {cause}",
        f"did you mean {near[0]}?" if near else f"start a Consul agent and `vigie exporter` on {inputs.name}",
    )


STEP = Step(title="the exporter answers", after=(), needs=(), judge=judge)
