"""Discovery answers, has a good state, and is not frozen."""

from vigie.core.http.fetch_failure import Trouble
from vigie.doctor.findings.verdict import Case, Step, Verdict, failed, ok

FREEZE_REASONS = {
    "index": "Consul's index went back: it was restored or rebuilt",
    "filtered": "access control hides from discovery's token what it could read before",
    "canary": "Consul's answers lack Consul's own service: access control hides something from discovery's token",
}


def judge(case: Case) -> Verdict:
    """Judge every bridge that is named."""
    for where, found in case.readings.discovery.items():
        if isinstance(found, Trouble):
            return failed(
                found.cause(f"discovery at {where}"),
                "start `vigie discovery` beside Prometheus, or name it by VIGIE_DISCOVERY_URL; "
                "the targets of now stay, new hosts don't come",
            )
        for site in found.datacenters:
            if case.host[0] and site.dc and site.dc != case.host[0]:
                continue
            if not site.ready:
                return failed(
                    f"discovery at {where} waits for its first good state of datacenter {site.dc or '(its own)'}",
                    "look at its log: Consul is away, has no leader, or refuses its token",
                )
            if site.frozen:
                return failed(
                    f"discovery at {where} is frozen: {FREEZE_REASONS.get(site.frozen, site.frozen)}",
                    "it ends when 90 % of the targets are back, or by `vigie discovery release`",
                )
            age = case.readings.at - site.last_success
            if age > case.discovery_seconds:
                return failed(
                    f"discovery at {where} has not heard from Consul for {age:.0f} s",
                    "look at its log: Consul is away, or refuses its token; targets stay as they were",
                )
    return ok(", ".join(case.readings.discovery))


STEP = Step("discovery", "discovery answers", (), judge)
