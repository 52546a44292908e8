"""Every Prometheus scrapes the host with success."""

from vigie.core.http.address import mask_url
from vigie.core.http.classify import classify_scrape_error
from vigie.doctor.findings.verdict import DiagnosisInput, Step, Verdict, failed, ok

REMEDIES = {
    "refused": "compare the port with what the exporter listens on; it may listen on loopback alone",
    "timeout": "open the port to Prometheus's machine in the firewall; if it is open, the exporter is slow",
    "login": "give the scrape job the exporter's user and password (basic_auth in prometheus.yml)",
    "tls": "renew the exporter's certificate, or name its CA in the job's tls_config",
    "plain": "the registration says https and the exporter speaks http: restart it, so that it registers anew",
    "encrypted": "the registration says http and the exporter speaks https: restart it, so that it registers anew",
    "missing": "the registered metrics_path is not the exporter's --web.telemetry-path: restart it",
}


def judge(inputs: DiagnosisInput) -> Verdict:
    """Judge the last scrape by each Prometheus."""
    fresh = True
    for where, prometheus in inputs.responsible().items():
        for scrape in prometheus.active[inputs.host]:
            if scrape.health == "down":
                failure = classify_scrape_error(scrape.last_error)
                return failed(
                    f"Prometheus at {where} can't scrape it: {failure.cause(mask_url(scrape.scrape_url))}",
                    REMEDIES.get(failure.kind, failure.remedy),
                )
            fresh = fresh and scrape.health == "up"
    return ok("" if fresh else "not scraped yet: it is new")


STEP = Step(title="scraped", after=("loaded",), needs=("agent", "page", "loaded"), judge=judge)
