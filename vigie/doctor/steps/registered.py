"""The exporter is registered in Consul, once and by the contract."""

import difflib

from vigie.core.http.fetch_failure import FetchFailure, brief
from vigie.doctor.findings.facts import Consul
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok, skipped

TAG = "prometheus"
REASONS = {  # of vigie_registration_errors_total: cause, remedy
    "denied": (
        "Consul's access control denies the exporter its registration",
        "give the exporter a token that may write its service (--consul-token-file); its log names the policy",
    ),
    "refused": (
        "the exporter refuses to register: the Consul agent is another machine's, or nobody could reach its address",
        "its log says which; name the host by --host-name as its Consul node is called, or set --advertise-address",
    ),
    "timeout": (
        "the exporter's calls to its Consul agent time out",
        "look whether the agent on that machine hangs; the exporter goes on trying",
    ),
    "unreachable": (
        "the exporter can't reach its Consul agent",
        "start the Consul agent on that machine, or name it to the exporter by --consul-url",
    ),
    "answer": (
        "the Consul agent answers the exporter with errors",
        "look at the logs of both on that machine",
    ),
}


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the host's registrations; the exporter's own metrics say why there is none."""
    _, consul = inputs.readings.consul
    if (
        isinstance(consul, FetchFailure)
        or not consul.has_leader
        or inputs.host[0] in {*consul.unread, *consul.filtered}
    ):
        return skipped("Consul can't tell")  # the step before says why
    if not inputs.registrations:
        kept = skipped("Consul has lost it, and discovery keeps it as a target")
        return kept if is_kept(inputs) else _missing(inputs, consul)
    registration = inputs.registrations[0]
    if len(inputs.registrations) > 1:
        ids = ", ".join(brief(each.id) for each in inputs.registrations)
        return failed(
            f"{len(inputs.registrations)} exporters are registered on {inputs.name}: {ids}; discovery takes the oldest",
            "deregister those that no longer run: `consul services deregister -id=ID` on that machine's agent",
        )
    if registration.meta.get("instance", inputs.name) != inputs.name:
        return failed(
            f"it is registered for instance {brief(registration.meta['instance'])!r} on node {inputs.name!r}",
            "name the host by --host-name as its Consul node is called; it may talk to another machine's agent",
        )
    if TAG not in registration.tags:
        return failed(
            f"{brief(registration.id)} lacks the tag {TAG!r}, by which discovery selects",
            "restart the exporter, which registers with the tag; something else has registered this one",
        )
    return ok(f"{registration.id}, dc {registration.host[0]}")


def _missing(inputs: DiagnosisInput, consul: Consul) -> Verdict:
    texts = dict(inputs.samples)
    for reason, (cause, remedy) in REASONS.items():
        if texts.get(f'vigie_registration_errors_total{{reason="{reason}"}}', 0) > 0:
            return failed(cause, remedy)
    if inputs.families and not any(name.startswith("vigie_registration_state") for name in texts):
        return failed(
            f"the exporter at {inputs.page.url if inputs.page else inputs.name} does not register itself",
            "start it without --no-register; if it is node_exporter, replace it by `vigie exporter` or register it",
        )
    if texts.get('vigie_registration_state{state="left"}', 0) == 1:
        return failed("the exporter has announced its leaving and deregistered", "start it again")
    if inputs.host not in consul.nodes:
        near = difflib.get_close_matches(inputs.name, [name for _, name in consul.nodes], 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return failed(
            f"Consul knows no node {inputs.name!r}{hint}",
            f"start a Consul agent on {inputs.name} whose node_name is the host's name, then `vigie exporter`",
        )
    return failed(
        f"Consul has the node {inputs.name}, but no vigie-exporter on it",
        "start `vigie exporter` there; its log tells whether Consul takes the registration",
    )


def is_kept(inputs: DiagnosisInput) -> bool:
    """Tell whether discovery keeps the host as held or lost; the step `target` says more."""
    return any(
        target.status in {"held", "lost"}
        for discovery in inputs.readings.discovery.values()
        if not isinstance(discovery, FetchFailure)
        for target in discovery.targets.get(inputs.host, ())
    )


STEP = Step(title="registered in Consul", after=("consul",), needs=(), judge=judge)
