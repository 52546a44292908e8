"""What runs on the host and is asked for as an integration is scraped, answers, and has its alerts."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from alerting.rules.integrations import PREFIX as RULES
from vigie.core.http.fetch_failure import brief
from vigie.doctor.findings.facts import Prometheus, Scrape
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok, skipped

OURS = "vigie-"  # the beginning of the names of delivered rule files
PENDING = 'vigie_autodiscovery_endpoints{state="pending"}'
REFUSED = "vigie_autodiscovery_refused{reason="
# What is wrong by the state of a check, and what to do; NAME is the integration's.
STATES: Mapping[str, tuple[str, str]] = {
    "denied": (
        "refuses the exporter's login",
        "give it the user of `vigie integrations show NAME` by password_file in /etc/vigie/integrations.d",
    ),
    "unreachable": (
        "does not listen where the exporter asks",
        "start it, or mend the port of the label or the address of the file",
    ),
    "timeout": ("does not answer the exporter in time", "look at the server: it hangs or is overloaded"),
    "invalid": (
        "answers the exporter with what can't be understood",
        "mend the port: another program may have it; the exporter's log says what came",
    ),
    "error": ("can't be checked, for the check itself failed", "report it with the line of the exporter's log"),
}


class _Server(NamedTuple):
    """A watched server: its integration, its scrape, and the state of its check ("" without one)."""

    integration: str
    scrape: Scrape
    state: str

    @property
    def name(self) -> str:
        return brief(f"{self.integration} {self.scrape.labels.get('instance', '')}")


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the watched servers of the host, those of one integration where it is named."""
    counts = []
    for where, prometheus in inputs.responsible().items():
        servers = list(_servers(inputs, prometheus))
        if not servers:
            return _missing(inputs)
        for server in servers:
            problem = _judge_server(where, server) or _judge_rules(inputs, where, server)
            if problem:
                return problem
        counts.append(f"{len(servers)}: {', '.join(sorted({server.integration for server in servers}))}")
    return ok("; ".join(dict.fromkeys(counts)))


def _servers(inputs: DiagnosisInput, prometheus: Prometheus) -> Iterator[_Server]:
    for scrape in prometheus.integrations.get(inputs.host, ()):
        name, instance = scrape.labels.get("integration", ""), scrape.labels.get("instance", "")
        if inputs.integration in {"", name}:
            yield _Server(name, scrape, prometheus.states.get((inputs.host[0], instance, name), ""))


def _judge_server(where: str, server: _Server) -> Verdict | None:
    if server.scrape.health == "down":
        return failed(
            f"Prometheus at {where} can't scrape {server.name}: {brief(server.scrape.last_error)}",
            "open its port to Prometheus, or switch its endpoint on as its set-up says",
        )
    if server.state in STATES:
        cause, remedy = STATES[server.state]
        return failed(f"{server.name} {cause}", remedy.replace("NAME", server.integration))
    return None


def _judge_rules(inputs: DiagnosisInput, where: str, server: _Server) -> Verdict | None:
    files = inputs.prometheuses()[where].rules.files
    if f"{OURS}{RULES}{server.integration}.yml" in files or not inputs.has_rules(server.integration):
        return None
    return failed(
        f"Prometheus at {where} scrapes {server.name}, and has no alerts of {server.integration}",
        "run `vigie provision apply`: they come once there is such a target",
    )


def _missing(inputs: DiagnosisInput) -> Verdict:
    samples = dict(inputs.samples)
    refused = [
        name.partition('"')[2].partition('"')[0] for name in samples if name.startswith(REFUSED) and samples[name]
    ]
    if not inputs.integration:
        return skipped("nothing on it asks for an integration")
    if refused:
        return failed(
            f"{inputs.name} refuses what its containers or files ask for: {', '.join(refused)}",
            "its log says which and why; `vigie integrations list` there says what is watched",
        )
    if samples.get(PENDING):
        return failed(
            f"{inputs.name} has not registered all that its containers and files ask for",
            "look at the log of its exporter: Consul may refuse the name `app-…` for want of a policy",
        )
    return failed(
        f"nothing on {inputs.name} asks for {inputs.integration}",
        f"label its container vigie.integration={inputs.integration}, or write a file into /etc/vigie/integrations.d; "
        "`vigie integrations list` there says what it sees",
    )


STEP = Step(title="its integrations answer", after=("labels",), needs=("prometheus", "scraped"), judge=judge)
