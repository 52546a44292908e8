"""What every verb of `vigie provision` begins with: settings, the site folder, the targets, and sound desired state."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from dashboards.grafana.data_sources import PROMETHEUS
from vigie.core import logs, site_folder
from vigie.core.errors import ProblemError, sentence
from vigie.core.settings import Common, load
from vigie.provision import checks, keep_going, used_integrations
from vigie.provision.resources import Target, open_targets
from vigie.provision.settings import Settings
from vigie.reconcile.apply import Keep
from vigie.reconcile.backup import Backup
from vigie.reconcile.declaration import DesiredSettings, Inputs, ServerName
from vigie.reconcile.model import Change, Resource, Result
from vigie.reconcile.problem import Problem, keep_errors
from vigie.reconcile.retry import Patience

MOST_SECONDS = 5.0  # to be told what is scraped; without an answer it goes on
BACKUPS = Path(".local/state/vigie/backups")  # below the home folder, where the XDG specification puts state


class Session(NamedTuple):
    """The settings of one run, which targets it is about, and what is held back of it (--keep-going)."""

    settings: Settings
    common: Common
    inputs: Inputs
    grafana: bool
    local: bool
    keeps_going: bool = False
    held_back: Sequence[Problem] = ()

    @property
    def patience(self) -> Patience:
        """How often and how long it tries again."""
        return Patience(self.settings.attempts, self.settings.first_retry_backoff)

    def open_targets(self) -> AbstractContextManager[Sequence[Target]]:
        """Provide the targets; raises UsageProblemError when their settings are missing."""
        return open_targets(self.settings, self.common, self.inputs, grafana=self.grafana, local=self.local)

    def narrow(self) -> "Session":
        """Return the session with the integrations that are used at present, itself where it has them already."""
        if self.inputs.integrations is not None:
            return self
        timeout_seconds = min(self.settings.timeout, MOST_SECONDS)
        return self._replace(inputs=used_integrations.narrow(self.inputs, self.common.prometheus, timeout_seconds))

    def make_sound(self) -> "Session":
        """Return the session of what is used and what the linter does not refuse.

        Raises ProblemError with each fault; under --keep-going only for what is no single file's.
        """
        local: set[ServerName] = {"prometheus", "alertmanager"} if self.local else set()
        grafana: set[ServerName] = {"grafana"} if self.grafana else set()
        if self.keeps_going:
            inputs, faults = keep_going.hold_back(self.narrow().inputs, local | grafana)
            return self._replace(inputs=inputs, held_back=faults)
        problems = keep_errors(checks.find_problems(self.inputs, local | grafana))
        if problems:
            shown = "".join(f"\n  {problem}" for problem in problems)
            raise ProblemError(f"nothing was sent, because `vigie lint` finds faults:{shown}")
        return self.narrow()

    def keep(self, target: Target) -> Keep:
        """Return what puts aside what is overwritten in `target`."""
        folder = self.settings.backup_dir or Path.home() / BACKUPS
        return Backup(folder, target.name, self.settings.backups_kept).keep


def begin(flags: Mapping[str, Any], *, grafana: bool, local: bool, keeps_going: bool = False) -> Session:
    """Return the session of a command's flags, with logging set up; raises UsageProblemError for bad settings."""
    common = load("", Common, flags)
    logs.configure(common.log_format, common.log_level)
    settings = load("provision", Settings, flags)
    return Session(settings, common, inputs_of(common, settings), grafana, local, keeps_going)


def inputs_of(common: Common, settings: DesiredSettings) -> Inputs:
    """Return what declarations are made of; raises UsageProblemError for a site folder that is named and missing."""
    return Inputs(site_folder.folder(common), settings, site_folder.is_named(common), PROMETHEUS)


def find_in_targets(
    targets: Iterable[Target], find: Callable[[Sequence[Resource]], list[Change]], problems: list[str]
) -> dict[str, list[Change]]:
    """Return what `find` finds by target; one that can't be read adds to `problems` and does not stop the others."""
    changes = {}
    for target in targets:
        try:
            changes[target.name] = find(target.resources)
        except ProblemError as error:
            problems.append(sentence(error))
    return changes


def run_in_targets(
    parts: Iterable[tuple[Target, Iterator[Result]]], problems: list[str]
) -> Iterator[tuple[str, Result]]:
    """Yield (target, result); a target that can't be read adds to `problems` and does not stop the others."""
    for target, part in parts:
        try:
            for result in part:
                yield target.name, result
        except ProblemError as error:
            problems.append(sentence(error))
