"""How a host's scrapes end, where every Prometheus that was asked agrees."""

from vigie.core.http.classify import classify_scrape_error
from vigie.core.http.fetch_failure import FetchFailure
from vigie.doctor.findings.facts import Scrape
from vigie.doctor.findings.verdict import Case


def is_scraped_everywhere(case: Case) -> bool:
    """Tell whether every Prometheus scrapes the host with success."""
    found = _scrapes(case)
    return bool(found) and all(any(one.health == "up" for one in scrapes) for scrapes in found)


def has_samples_everywhere(case: Case) -> bool:
    """Tell whether every Prometheus has fresh samples of the host."""
    return all(case.host in one.age_seconds for one in case.responsible().values())


def trouble_everywhere(case: Case) -> FetchFailure | None:
    """Return why the host can't be scraped when no Prometheus can, else None."""
    found = _scrapes(case)
    if not found or not all(scrapes and all(one.health == "down" for one in scrapes) for scrapes in found):
        return None
    return classify_scrape_error(found[0][0].last_error)


def _scrapes(case: Case) -> list[tuple[Scrape, ...]]:
    return [one.active.get(case.host, ()) for one in case.responsible().values()]
