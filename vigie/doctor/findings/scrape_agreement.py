"""Whether all Prometheus servers agree about a host's scrapes."""

from vigie.core.http.classify import classify_scrape_error
from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.facts import Scrape
from vigie.doctor.findings.verdict import DiagnosisInput


def is_scraped_everywhere(inputs: DiagnosisInput) -> bool:
    """Tell whether every Prometheus scrapes the host with success."""
    healths = [{scrape.health for scrape in scrapes} for scrapes in _scrapes(inputs)]
    return bool(healths) and all("up" in health for health in healths)


def has_samples_everywhere(inputs: DiagnosisInput) -> bool:
    """Tell whether every Prometheus has fresh samples of the host."""
    return all(inputs.host in prometheus.age_seconds for prometheus in inputs.responsible().values())


def common_scrape_failure(inputs: DiagnosisInput) -> FetchFailure | None:
    """Return why the host can't be scraped when no Prometheus can, else None."""
    scrapes_by_server = _scrapes(inputs)
    healths = [{scrape.health for scrape in scrapes} for scrapes in scrapes_by_server]
    if not healths or any(health != {"down"} for health in healths):
        return None
    return classify_scrape_error(scrapes_by_server[0][0].last_error)


def _scrapes(inputs: DiagnosisInput) -> list[tuple[Scrape, ...]]:
    return [prometheus.active.get(inputs.host, ()) for prometheus in inputs.responsible().values()]
