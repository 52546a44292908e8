"""What everything that people declare has in common: its files, its problems, and what each server gets of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

import msgspec
from msgspec import Meta

from vigie.core.promql.catalogue import Catalogue
from vigie.core.settings import Duration
from vigie.reconcile.hold import NOTHING_HELD, Hold
from vigie.reconcile.problem import Problem

ServerName = Literal["prometheus", "alertmanager", "grafana"]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class DesiredSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings that change what is declared: every one of them is hashed, and must be equal on all machines."""

    inbox_url: Annotated[str, Meta(description="Where the receiver `inbox` of the routes listens.")] = (
        "http://127.0.0.1:9112/"
    )
    board_base_url: Annotated[str, Meta(description="What a message's link to a board begins with.")] = (
        "http://127.0.0.1:3000"
    )
    runbook_base_url: Annotated[str, Meta(description="What an alert's runbook link begins with.")] = (
        "http://127.0.0.1:8080/runbooks/"
    )
    datasource_url: Annotated[
        str | None, Meta(description="Where Grafana reaches Prometheus; default: the first --prometheus-url.")
    ] = None
    datasource_user: Annotated[str | None, Meta(description="As whom Grafana signs in at Prometheus.")] = None
    evaluator: Annotated[
        Literal["prometheus", "grafana"], Meta(description="Who evaluates the alerts: prometheus or grafana.")
    ] = "prometheus"
    notifier: Annotated[
        Literal["alertmanager", "grafana"],
        Meta(description="Who tells people: alertmanager, or grafana where there is none."),
    ] = "alertmanager"
    integrations: Annotated[
        tuple[str, ...], Meta(description="Integrations whose rules and board are delivered also without a target.")
    ] = ()
    scrape_interval: Annotated[
        Duration, Meta(ge=1, description="Prometheus's; boards take rates over four of them.")
    ] = 15.0


class Inputs(NamedTuple):
    """What declarations are made of, besides what vigie brings.

    `runs_python` allows to execute the site folder's Python files: only where the folder was named, and not just found.
    `datasource` is the uid of Grafana's data source that rules ask. `hold` is what waits because a file is refused.
    `integrations` are those that are used, None for all there are.
    """

    site: Path | None = None
    settings: DesiredSettings = DesiredSettings()
    runs_python: bool = False
    datasource: str = ""
    hold: Hold = NOTHING_HELD
    integrations: frozenset[str] | None = None


class AlertmanagerDesired(NamedTuple):
    """What makes Alertmanager's files for its version, and where alerts must go by them."""

    make: Callable[[tuple[int, ...]], Any]
    cases: Sequence[Any]


class Declaration:
    """One thing that people declare; a module of a part's `declarations/` has one class of these."""

    name: ClassVar[str]
    site_files: ClassVar[tuple[str, ...]] = ()  # patterns, from the site folder
    servers: ClassVar[frozenset[ServerName]]  # which get something of it
    delivers: ClassVar[frozenset[tuple[str, str]]]  # resource and pattern of keys of all that is made of it

    def builtin_files(self) -> Iterator[Path]:
        """Yield the files of ours that it is made of."""
        yield from ()

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what is wrong with it, as `vigie lint` shows it."""
        del inputs, catalogue
        return []

    def rule_files(self, inputs: Inputs) -> Mapping[str, str]:
        """Return Prometheus's rule files by name; raises ProblemError for what can't be made into some."""
        del inputs
        return NOTHING

    def alertmanager(self, inputs: Inputs) -> AlertmanagerDesired | None:
        """Return what Alertmanager gets, if anything; raises ProblemError as `rule_files` does."""
        del inputs
        return None

    def grafana_objects(self, inputs: Inputs) -> Mapping[str, Mapping[str, Any]]:
        """Return Grafana's objects by resource and key; raises ProblemError as `rule_files` does."""
        del inputs
        return NOTHING

    def hold(self, file: str, inputs: Inputs) -> Hold | None:
        """Return what waits while `file`, as a problem names it, is refused; None: all that is made of this."""
        del file, inputs
        return None

    def hold_all(self) -> Hold:
        """Return that all waits that is made of this."""
        return Hold(declarations=frozenset({self.name}), objects=self.delivers)

    def hashed(self, inputs: Inputs) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of what another desired state would differ in, besides the settings."""
        for path in sorted(self.builtin_files()):
            yield f"{self.name}/{path.name}", path.read_bytes()
        for path in self.files_of(inputs.site):
            assert inputs.site is not None
            yield f"site/{path.relative_to(inputs.site)}", path.read_bytes()

    def files_of(self, site: Path | None) -> list[Path]:
        """Return the files of the site folder that are this declaration's, sorted."""
        if site is None:
            return []
        return sorted({path for pattern in self.site_files for path in site.glob(pattern) if path.is_file()})
