"""The commands `vigie provision export|adopt`: what exists in Grafana, as files."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from alerting.foreign.reading import FOLDER
from dashboards.grafana import export as grafana_export
from dashboards.grafana.client import Grafana, connect
from dashboards.grafana.data_sources import PROMETHEUS
from dashboards.grafana.folders import ALERTS
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.core.settings import options
from vigie.core.site_folder import DEFAULT
from vigie.provision.adopt import rule_file
from vigie.provision.adopted_query import Source
from vigie.provision.grafanas import GRAFANA, GrafanaAddress, grafanas_of
from vigie.provision.session import Session, begin
from vigie.provision.settings import ConnectionSettings


def _add_shared_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what both share."""
    for decorate in (
        click.option("--name", "name", help="Which of several Grafanas of the configuration."),
        click.option("--grafana", is_flag=True, expose_value=False, help="Nothing else: both speak to Grafana alone."),
        options(ConnectionSettings, common=(*GRAFANA, "site")),
    ):
        function = decorate(function)
    return function


@click.command()
@_add_shared_options
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(folder: Path, name: str | None, **flags: Any) -> None:
    """Write all boards and rule groups of a Grafana, other people's too, into FOLDER, which must be new or empty.

    Sends only reads; the role Viewer is enough, but sees only what it may.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageProblemError(f"{folder} is not empty: expected a new or empty folder")
    session = begin(flags, grafana=True, local=False)
    with connect(_address(session, name).access, session.settings.timeout) as grafana:
        boards, groups = list(grafana_export.boards(grafana)), list(grafana_export.rule_groups(grafana))
    _write(folder / "boards", boards, overwrite=True)
    _write(folder / "rule-groups", groups, overwrite=True)
    click.echo(f"{len(boards)} boards and {len(groups)} rule groups written to {folder}")


@click.command()
@_add_shared_options
@click.option("--overwrite", is_flag=True, help="Replace files of the site folder.")
@click.option(
    "--datasource", "sources", multiple=True, metavar="UID", help="Data source that is vigie's Prometheus too."
)
@click.argument("uids", nargs=-1, required=True)
@click.pass_context
def adopt(
    context: click.Context,
    /,
    uids: tuple[str, ...],
    name: str | None,
    sources: tuple[str, ...],
    *,
    overwrite: bool,
    **flags: Any,
) -> None:
    """Take boards or whole folders, by UID, as they are in Grafana into the site folder, where they are then declared.

    A board of ours keeps its uid: what was changed by hand becomes what is declared. A copy of another's board gets a
    uid of ours, a folder's rule groups become rule files; the originals stay as they are. A rule that has no equal in
    Prometheus is named and left out, and then it exits with 1. Sends only reads; the role Viewer is enough.
    """
    session = begin(flags, grafana=True, local=False)
    address, left_out = _address(session, name), list[str]()
    with connect(address.access, session.settings.timeout) as grafana:
        files = list(_take(grafana, uids, _find_source(grafana, address, sources, session), left_out))
    folder = session.inputs.site or session.common.site or DEFAULT
    for path in _write(folder, files, overwrite=overwrite):
        click.echo(f"adopted: {path}")
    if any(file.path.parts[0] == "rules" for file in files):
        click.echo("the rules in Grafana stay: delete them there once `vigie provision apply` has brought ours")
    for sentence in left_out:
        click.echo(f"not adopted: {sentence}", err=True)
    if left_out:
        context.exit(1)


def _find_source(grafana: Grafana, address: GrafanaAddress, named: Iterable[str], session: Session) -> Source:
    """Return the data sources that are ours or reach the same Prometheus; below Admin those of others can't be seen."""
    answers = grafana.find_visible(grafana.api.datasource.list_datasources) or []
    urls = {address.prometheus_url, *(answer["url"] for answer in answers if answer["uid"] == PROMETHEUS)}
    same = {url.rstrip("/") for url in urls}
    alike = {
        answer["uid"]
        for answer in answers
        if answer["type"] == "prometheus" and answer.get("url", "").rstrip("/") in same
    }
    return Source(frozenset({PROMETHEUS, *named, *alike}), session.settings.scrape_interval)


def _take(grafana: Grafana, uids: Iterable[str], source: Source, left_out: list[str]) -> Iterator[grafana_export.File]:
    """Yield the files of the site folder: boards, and of each uid that is a folder's its boards and its rules.

    Why a rule has no place in them is added to `left_out`.
    """
    boards: list[str] = []
    for uid in uids:
        folder = grafana.find_visible(grafana.api.folder.get_folder, uid)
        if folder is None:
            boards.append(uid)
            continue
        if uid == ALERTS:
            raise ProblemError(f"{uid} is our folder of alerts: its rules are made from rule files already")
        for below in grafana_export.folder_and_below(grafana, uid):
            boards += grafana_export.boards_in(grafana, below)
            yield from _take_rules(grafana, below, source, left_out)
    for file in grafana_export.boards(grafana, dict.fromkeys(boards)) if boards else ():
        yield grafana_export.File("boards" / file.path, file.text)


def _take_rules(grafana: Grafana, folder: str, source: Source, left_out: list[str]) -> Iterator[grafana_export.File]:
    """Yield the rule files of a folder's own rule groups; adds to `left_out` as `_take` does."""
    for title, group in grafana_export.groups_in(grafana, folder):
        names = (*grafana_export.folder_path(grafana, folder).parts, title)
        adopted = rule_file(title, group, source)
        left_out += adopted.left_out
        if adopted.text is not None:
            stem = "-".join(map(grafana_export.file_name, names))
            yield grafana_export.File(Path("rules", FOLDER, f"{stem}.yml"), adopted.text)


def _address(session: Session, name: str | None) -> GrafanaAddress:
    """Return the Grafana of that name, or the only one; raises UsageProblemError when that says too little."""
    addresses = [address for address in grafanas_of(session.settings, session.common) if name in {None, address.name}]
    if len(addresses) != 1:
        raise UsageProblemError("expected --name, the name of one of the Grafanas of the configuration")
    return addresses[0]


def _write(folder: Path, files: Iterable[grafana_export.File], *, overwrite: bool) -> list[Path]:
    """Write the files, all or none; return their paths; raises ProblemError when one is there with another text."""
    texts: dict[Path, str] = {}
    for file in files:
        path = folder / file.path
        if path in texts or (not overwrite and path.exists() and path.read_text() != file.text):
            raise ProblemError(f"{path} is there already: nothing was written; expected a new name, or --overwrite")
        texts[path] = file.text
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    except OSError as error:
        raise ProblemError(f"{error.filename}: {error.strerror}: expected a folder that may be written") from error
    return list(texts)
