"""`vigie event`: writes an annotation, which our boards draw over every graph."""

import time
from typing import Any

import click

from dashboards.grafana.client import Grafana, connect
from dashboards.panels.annotation import EVENT_TAG
from vigie.core.errors import UsageProblemError
from vigie.core.settings import options
from vigie.provision.resources import servers_of
from vigie.provision.session import begin
from vigie.provision.settings import Settings

GRAFANA = ("grafana",)


@click.command()
@options(Settings, common=GRAFANA)
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="What it is about; repeatable.")
@click.argument("text")
def event(text: str, tags: tuple[str, ...], **flags: Any) -> None:
    """Mark on all boards that something happened now, such as `vigie event "deployed 1.4" --tag service=web`.

    In Grafana it needs the role Editor. It is not tried again, because a second try could make a second mark.
    """
    if not text.strip():
        raise UsageProblemError("expected a text that says what happened")
    session = begin(flags, grafana=True, local=False)
    marks = [EVENT_TAG, *(parse_tag(tag) for tag in tags)]
    milliseconds = time.time_ns() // 1_000_000
    for server in servers_of(session.settings, session.common):
        with connect(server.access, session.settings.timeout_seconds) as grafana:
            write(grafana, text, marks, milliseconds)


def write(grafana: Grafana, text: str, tags: list[str], milliseconds: int, until: int | None = None) -> None:
    """Write an annotation of the whole organisation, at a time since 1970, or from then to `until`.

    Raises ProblemError when Grafana refuses it.
    """
    body = {"text": text, "tags": tags, "time": milliseconds} | ({"timeEnd": until} if until else {})
    grafana.ask(grafana.api.client.POST, "/annotations", json=body)


def parse_tag(text: str) -> str:
    """Return Grafana's form of `key=value`, which is `key:value`; raises UsageProblemError for anything else."""
    key, sign, value = (part.strip() for part in text.partition("="))
    if not (key and sign and value):
        raise UsageProblemError(f"--tag {text}: expected KEY=VALUE, such as service=web")
    return f"{key}:{value}"
