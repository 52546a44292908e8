"""Finds in Prometheus's answers what looks like an integration's software and is not watched: it only proposes."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from exporter.integrations.detection import advise_label, image_name
from vigie.console.data.integrations import Answers
from vigie.core.integrations.catalogue import Integration

HOST = ("dc", "host", "integration")


class Proposal(NamedTuple):
    """What looks like an integration's software: where it runs, why we think so, and what would watch it."""

    dc: str
    host: str
    what: str
    integration: str
    reason: str
    advice: str


def propose(answers: Answers, integrations: Mapping[str, Integration]) -> list[Proposal]:
    """Return the proposals by integration, datacenter and host; `answers` are those to `make_queries`.

    Without an answer about who is watched nothing is proposed: all of it would look unwatched.
    """
    if answers.get("watched") is None:
        return []
    of_hosts = [*_jobs(answers, integrations), *_units(answers, integrations)]
    watched = {tuple(sample.labels.get(name, "") for name in HOST) for sample in answers["watched"] or ()}
    proposals = {each for each in of_hosts if (each.dc, each.host, each.integration) not in watched}
    proposals |= set(_containers(answers, integrations))
    return sorted(proposals, key=lambda each: (each.integration, each.dc, each.host, each.what))


def _containers(answers: Answers, integrations: Mapping[str, Integration]) -> Iterator[Proposal]:
    """Yield a proposal for each container with an integration's image, unless it is watched or its label declines."""
    answered = {_container(sample.labels) for sample in answers.get("declined") or ()}
    answered |= {_container_of(sample.labels) for sample in answers.get("watched") or ()}
    for labels in (sample.labels for sample in answers.get("images") or ()):
        dc, host, container = _container(labels)
        image = image_name(labels.get("image", ""))
        if (dc, host, container) in answered:
            continue
        for name, integration in integrations.items():
            if image in integration.manifest.detect.images:
                yield Proposal(dc, host, container, name, f"its image is called {image}", advise_label(name))


def _jobs(answers: Answers, integrations: Mapping[str, Integration]) -> Iterator[Proposal]:
    """Yield a proposal for each service of Consul that is scraped and has an integration's name."""
    for labels in (sample.labels for sample in answers.get("jobs") or ()):
        job, host = labels.get("job", ""), labels.get("host", "")
        for name, integration in integrations.items():
            if any(fnmatchcase(job, pattern) for pattern in integration.manifest.detect.services):
                advice = f"give the service the Meta integration={name}"
                yield Proposal(labels.get("dc", ""), host, job, name, f"its service is called {job}", advice)


def _units(answers: Answers, integrations: Mapping[str, Integration]) -> Iterator[Proposal]:
    """Yield a proposal for each active unit of systemd with the name of an integration's process or service."""
    for labels in (sample.labels for sample in answers.get("units") or ()):
        unit, host = labels.get("name", ""), labels.get("instance", "")
        plain = unit.removesuffix(".service").partition("@")[0]
        for name, integration in integrations.items():
            detect = integration.manifest.detect
            if any(fnmatchcase(plain, pattern) for pattern in (*detect.processes, *detect.services)):
                advice = f"write /etc/vigie/integrations.d/{name}.yml; `vigie integrations list` there says how"
                yield Proposal(labels.get("dc", ""), host, unit, name, "its unit is active", advice)


def _container(labels: Mapping[str, str]) -> tuple[str, str, str]:
    return labels.get("dc", ""), labels.get("instance", ""), labels.get("name", "")


def _container_of(labels: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the container of a watched server, whose instance is HOST/CONTAINER:PORT."""
    host, _, rest = labels.get("instance", "").partition("/")
    return labels.get("dc", ""), host, rest.rpartition(":")[0]
