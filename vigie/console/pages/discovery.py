"""Service discovery: what is registered, scraped, not scraped, held, lost, and what was refused and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import flask

from vigie.console.data.cache import read_all
from vigie.console.web import filtering
from vigie.console.web.page import Page
from vigie.console.web.page_context import PageContext, render
from vigie.console.web.query_params import limit_rows, query_param

PAGE = Page(title="Discovery", address="/discovery", menu=50)
FACTS = ("job", "dc", "host", "health", "status", "service", "scrape", "address")
SCRAPE_STATES = ("down", "not_scraped", "unknown", "up", "probed")  # what is worst comes first


class Target(NamedTuple):
    """A target of discovery, with the state of its scrape and Prometheus's last error."""

    facts: Mapping[str, Any]
    scrape: str
    error: str

    @property
    def name(self) -> str:
        """The instance, in which the filter looks for texts."""
        return str(self.facts.get("instance", ""))

    @property
    def values(self) -> Mapping[str, float]:
        """No numbers: for the filter."""
        return {}

    def tag(self, name: str) -> str:
        """Return a fact or a label."""
        if name == "scrape":
            return self.scrape
        value = self.facts.get(name) if name in FACTS else self.facts.get("labels", {}).get(name)
        return "" if value is None else str(value)


def show(context: PageContext) -> flask.Response:
    """Return the page."""
    readings = read_all({"targets": context.sources.targets(), "scrapes": context.sources.scrapes()})
    overview = readings["targets"].value or {}
    targets = join_scrapes(overview.get("targets", ()), readings["scrapes"].value)
    chosen = filtering.parse(query_param("q"))
    rows = [row for row in targets if chosen.test(row)]
    return render(
        "discovery.html",
        PAGE.title,
        readings,
        datacenters=overview.get("datacenters", ()),
        refused=overview.get("refused", ()),
        rows=limit_rows(rows, context.settings.rows),
        matching=len(rows),
        total=len(targets),
        counts=count_targets(targets, len(overview.get("refused", ()))),
        chosen=chosen,
        names=FACTS,
        grafana=context.grafana("service-discovery", {}),
    )


def join_scrapes(targets: Iterable[Mapping[str, Any]], scrapes: Mapping[str, Any] | None) -> list[Target]:
    """Return each target with the state of its scrape, what is wrong first.

    A target that Prometheus does not scrape is `not_scraped`. All are `unknown` while Prometheus does not answer.
    """
    scrape_by_key = {
        (labels.get("job"), labels.get("dc"), labels.get("instance")): scrape
        for scrape in (scrapes or {}).get("activeTargets", ())
        if (labels := scrape.get("labels", {}))
    }
    rows = []
    for target in targets:
        scrape = scrape_by_key.get((target.get("job"), target.get("dc"), target.get("instance")))
        if scrapes is None:
            state = "unknown"
        elif target.get("address") is None:  # only probed, as another job
            state = "probed"
        else:
            state = str(scrape.get("health", "unknown")) if scrape else "not_scraped"
        rows.append(Target(target, state, str(scrape.get("lastError", "")) if scrape else ""))
    return sorted(rows, key=lambda row: (_rank(row), row.tag("job"), row.tag("dc"), row.name))


def count_targets(rows: Iterable[Target], refused: int) -> dict[str, int]:
    """Return how many targets there are of each kind, in the order in which they are shown."""
    rows = list(rows)
    scrapes, states = Counter(row.scrape for row in rows), Counter(row.tag("status") for row in rows)
    return {
        "targets": len(rows),
        "up": scrapes["up"],
        "down": scrapes["down"],
        "not_scraped": scrapes["not_scraped"],
        "held": states["held"],
        "lost": states["lost"],
        "refused": refused,
    }


def _rank(row: Target) -> tuple[bool, int]:
    position = SCRAPE_STATES.index(row.scrape) if row.scrape in SCRAPE_STATES else len(SCRAPE_STATES)
    return row.tag("status") == "seen", position
