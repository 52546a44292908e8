"""How a host's scrapes end, where every Prometheus that was asked agrees."""

from vigie.core.http.fetch_failure import Trouble as FetchFailure
from vigie.core.http.fetch_failure import of_scrape
from vigie.doctor.findings.facts import Scrape
from vigie.doctor.findings.verdict import DiagnosisInput


def is_scraped_everywhere(inputs: DiagnosisInput) -> bool:
    """Tell whether every Prometheus scrapes the host with success."""
    found = _scrapes(inputs)
    return bool(found) and all(any(one.health == "up" for one in scrapes) for scrapes in found)


def has_samples_everywhere(inputs: DiagnosisInput) -> bool:
    """Tell whether every Prometheus has fresh samples of the host."""
    return all(inputs.host in one.age_seconds for one in inputs.responsible().values())


def common_scrape_failure(inputs: DiagnosisInput) -> FetchFailure | None:
    """Return why the host can't be scraped when no Prometheus can, else None."""
    found = _scrapes(inputs)
    if not found or not all(scrapes and all(one.health == "down" for one in scrapes) for scrapes in found):
        return None
    return of_scrape(found[0][0].last_error)


def _scrapes(inputs: DiagnosisInput) -> list[tuple[Scrape, ...]]:
    return [one.active.get(inputs.host, ()) for one in inputs.responsible().values()]
