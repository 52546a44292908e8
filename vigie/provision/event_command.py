"""`vigie event`: writes an annotation, which our boards draw over every graph."""

import time
from typing import Any

import click

from dashboards.grafana.client import Grafana, connect
from dashboards.panels.annotation import EVENT_TAG
from vigie.core.errors import UsageProblemError
from vigie.core.settings import options
from vigie.provision.grafanas import GRAFANA, grafanas_of
from vigie.provision.session import begin
from vigie.provision.settings import ConnectionSettings


@click.command()
@options(ConnectionSettings, common=GRAFANA)
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="What it is about; repeatable.")
@click.argument("text")
def event(text: str, tags: tuple[str, ...], **flags: Any) -> None:
    """Mark on all boards that something happened now, such as `vigie event "deployed 1.4" --tag service=web`.

    In Grafana it needs the role Editor. It is not tried again, because a second try could make a second annotation.
    """
    if not text.strip():
        raise UsageProblemError("expected a text that says what happened")
    session = begin(flags, grafana=True, local=False)
    all_tags = [EVENT_TAG, *(parse_tag(tag) for tag in tags)]
    milliseconds = time.time_ns() // 1_000_000
    for server in grafanas_of(session.settings, session.common):
        with connect(server.access, session.settings.timeout) as grafana:
            write_annotation(grafana, text, all_tags, milliseconds)


def write_annotation(
    grafana: Grafana, text: str, tags: list[str], milliseconds: int, end_milliseconds: int | None = None
) -> None:
    """Write an annotation of the whole organisation, at a time since 1970, or from then to the end.

    Raises ProblemError when Grafana refuses it.
    """
    body = {"text": text, "tags": tags, "time": milliseconds} | (
        {"timeEnd": end_milliseconds} if end_milliseconds else {}
    )
    grafana.ask(grafana.api.client.POST, "/annotations", json=body)


def parse_tag(text: str) -> str:
    """Return Grafana's form of `key=value`, which is `key:value`; raises UsageProblemError for anything else."""
    key, sign, value = (part.strip() for part in text.partition("="))
    if not (key and sign and value):
        raise UsageProblemError(f"--tag {text}: expected KEY=VALUE, such as service=web")
    return f"{key}:{value}"
