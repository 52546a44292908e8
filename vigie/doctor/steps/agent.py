"""The exporter of the host answers."""

import difflib

from vigie.core.http.address import mask_url
from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings import hosts
from vigie.doctor.findings.scrapes import is_scraped_everywhere
from vigie.doctor.findings.verdict import Case, Step, Verdict, failed, ok

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


def judge(case: Case) -> Verdict:
    """Judge by our own question; what only Prometheus reaches is well too."""
    if case.page is None:
        return ok("every Prometheus reaches it")
    where, text = mask_url(case.page.url), case.page.text
    if not isinstance(text, FetchFailure):
        return ok(f"{where}, {case.page.took_seconds * 1000:.0f} ms")
    if text.kind in ANSWERS:
        return ok(f"{where} answers")  # how, is judged by the next steps
    if is_scraped_everywhere(case):
        return ok(f"not from this machine ({text.cause(where)}), but Prometheus reaches it")
    cause = text.cause(f"the exporter at {where}")
    if not hosts.is_known(case.readings, case.host):
        return _unknown(case, cause)
    return failed(cause, REMEDIES.get(text.kind, text.remedy))


def _unknown(case: Case, cause: str) -> Verdict:
    names = {name for _, name in hosts.everywhere(case.readings)}
    near = difflib.get_close_matches(case.name, sorted(names), 1)
    return failed(
        f"neither Consul, discovery nor Prometheus knows a host {case.name!r}, and {cause}",
        f"did you mean {near[0]}?" if near else f"start a Consul agent and `vigie exporter` on {case.name}",
    )


STEP = Step("agent", "the exporter answers", (), judge)
