"""Service discovery: what is registered, scraped, silent, held, lost, and what was refused and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import flask

from vigie.console.pages.reading import first, query_param, read_all
from vigie.console.web import filtering
from vigie.console.web.page_context import PageContext, render

FACTS = ("job", "dc", "host", "health", "status", "service", "scrape", "address")
STATES = ("down", "not_scraped", "unknown", "up", "probed")  # what is worst comes first


class Target(NamedTuple):
    """A target of discovery, with how Prometheus fares with it."""

    facts: Mapping[str, Any]
    scrape: str
    error: str

    @property
    def name(self) -> str:
        """What texts are looked for in."""
        return str(self.facts.get("instance", ""))

    @property
    def values(self) -> Mapping[str, float]:
        """No numbers: for the filter."""
        return {}

    def tag(self, name: str) -> str:
        """Return a fact or a label."""
        if name == "scrape":
            return self.scrape
        found = self.facts.get(name) if name in FACTS else self.facts.get("labels", {}).get(name)
        return "" if found is None else str(found)


def add(web: flask.Flask, context: PageContext) -> None:
    """Put the page on the application."""

    @web.get("/discovery")
    def discovery() -> flask.Response:
        readings = read_all({"targets": context.sources.targets(), "scrapes": context.sources.scrapes()})
        found = readings["targets"].value or {}
        every = joined(found.get("targets", ()), readings["scrapes"].value)
        chosen = filtering.parse(query_param("q"))
        rows = [row for row in every if chosen.test(row)]
        return render(
            "discovery.html",
            "Discovery",
            readings,
            datacenters=found.get("datacenters", ()),
            refused=found.get("refused", ()),
            rows=first(rows, context.settings.rows),
            matching=len(rows),
            total=len(every),
            counts=counts(every, len(found.get("refused", ()))),
            chosen=chosen,
            names=FACTS,
            grafana=context.grafana("service-discovery", {}),
        )


def joined(targets: Iterable[Mapping[str, Any]], scrapes: Mapping[str, Any] | None) -> list[Target]:
    """Return each target with the health of its scrape, what is wrong first.

    One that Prometheus does not scrape is `not_scraped`; all are `unknown` while Prometheus does not answer.
    """
    by_key = {
        (labels.get("job"), labels.get("dc"), labels.get("instance")): one
        for one in (scrapes or {}).get("activeTargets", ())
        if (labels := one.get("labels", {}))
    }
    rows = []
    for one in targets:
        scrape = by_key.get((one.get("job"), one.get("dc"), one.get("instance")))
        if scrapes is None:
            state = "unknown"
        elif one.get("address") is None:  # only probed, as another job
            state = "probed"
        else:
            state = str(scrape.get("health", "unknown")) if scrape else "not_scraped"
        rows.append(Target(one, state, str(scrape.get("lastError", "")) if scrape else ""))
    return sorted(rows, key=lambda row: (_rank(row), row.tag("job"), row.tag("dc"), row.name))


def counts(rows: Iterable[Target], refused: int) -> dict[str, int]:
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
    state = row.scrape
    return row.tag("status") == "seen", STATES.index(state) if state in STATES else len(STATES)
