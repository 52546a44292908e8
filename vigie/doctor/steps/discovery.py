"""Discovery answers, has a good state, and is not frozen."""

from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

FREEZE_REASONS = {
    "index": "Consul's index went back: it was restored or rebuilt",
    "filtered": "access control hides from discovery's token what it could read before",
    "canary": "Consul's answers lack Consul's own service: access control hides something from discovery's token",
}


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge every discovery of the settings."""
    for where, discovery in inputs.readings.discovery.items():
        if isinstance(discovery, FetchFailure):
            return failed(
                discovery.cause(f"discovery at {where}"),
                "start `vigie discovery` beside Prometheus, or name it by VIGIE_DISCOVERY_URL; "
                "the targets of now stay, new hosts don't come",
            )
        for datacenter in discovery.datacenters:
            if inputs.host[0] and datacenter.dc and datacenter.dc != inputs.host[0]:
                continue
            if not datacenter.ready:
                return failed(
                    f"discovery at {where} waits for its first good state of datacenter {datacenter.dc or '(its own)'}",
                    "look at its log: Consul is away, has no leader, or refuses its token",
                )
            if datacenter.frozen:
                return failed(
                    f"discovery at {where} is frozen: {FREEZE_REASONS.get(datacenter.frozen, datacenter.frozen)}",
                    "it ends when 90 % of the targets are back, or by `vigie discovery release`",
                )
            age = inputs.readings.at - datacenter.last_success
            if age > inputs.discovery_age_limit_seconds:
                return failed(
                    f"discovery at {where} has not heard from Consul for {age:.0f} s",
                    "look at its log: Consul is away, or refuses its token; targets stay as they were",
                )
    return ok(", ".join(inputs.readings.discovery))


STEP = Step(title="discovery answers", after=("healthy",), needs=(), judge=judge)
