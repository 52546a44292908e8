"""Brings our rule files to the Prometheus next door: checked, written atomically, reloaded, verified, or taken back."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from alerting.delivery.prometheus import Prometheus
from alerting.rules.native import PREFIX
from alerting.tools import promtool
from vigie.core.atomic_files import STAGING, copy_if_exists, exclusive_lock, os_errors_explained, sync, write_synced
from vigie.core.errors import ProblemError, TransientError
from vigie.reconcile.model import Change

WHAT = "rule folder"
log = structlog.get_logger()


class RuleFiles:
    """The resource `rule files`: by file name, its text and whether Prometheus has loaded exactly that text."""

    name = "rule files"
    is_atomic = True

    def __init__(
        self, texts: Mapping[str, str], folder: Path, prometheus: Prometheus, find_promtool: Callable[[], Path]
    ) -> None:
        """Take the wanted `texts` by file name, the folder that `prometheus` reads, and a way to promtool.

        promtool is looked for (downloaded perhaps) only when there is something to check.
        """
        self.texts = texts
        self.folder = folder
        self.prometheus = prometheus
        self.find_promtool = find_promtool

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return what each of our files should say; loaded, all of them."""
        return {name: {"loaded": True, "text": text} for name, text in self.texts.items()}

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return what lies in the folder under our names; raises ProblemError when it can't be read.

        A file counts as loaded when Prometheus shows its groups and has reloaded since the file came: an apply that
        was killed between the two is seen and finished by the next one.
        """
        with os_errors_explained(self.folder, WHAT, "Prometheus"):
            found = {name: self.folder / name for name in self.texts if (self.folder / name).exists()}
            texts = {name: path.read_bytes().decode(errors="replace") for name, path in found.items()}
            changed_seconds = {name: path.stat().st_ctime for name, path in found.items()}
        reloaded_seconds = self.prometheus.last_reload().success_timestamp_seconds
        loaded_names = self.prometheus.loaded_files() if found else frozenset()
        return {
            name: {"loaded": name in loaded_names and changed_seconds[name] <= reloaded_seconds, "text": texts[name]}
            for name in found
        }

    def orphans(self) -> dict[str, dict[str, Any]]:
        """Return the files with our prefix that nobody wants any more; raises ProblemError when they can't be read.

        One that is gone but still loaded counts: a deletion that was killed before the reload is finished by the next.
        """
        with os_errors_explained(self.folder, WHAT, "Prometheus"):
            found = {path.name: path for path in sorted(self.folder.glob(f"{PREFIX}*.yml"))}
            texts = {name: path.read_bytes().decode(errors="replace") for name, path in found.items()}
        loaded = {name for name in self.prometheus.loaded_files() if name.startswith(PREFIX)}
        return {
            name: {"loaded": name in loaded, "text": texts.get(name, "")}
            for name in sorted((loaded | texts.keys()) - self.texts.keys())
        }

    def write(self, changes: Sequence[Change]) -> None:
        """Deliver the changed files as one; raises ProblemError with the previous files back in place and loaded."""
        texts = {change.key: change.after["text"] for change in changes if change.action != "delete"}
        gone = [change.key for change in changes if change.action == "delete"]
        with os_errors_explained(self.folder, WHAT, "Prometheus"), exclusive_lock(self.folder, WHAT):
            staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=self.folder))
            try:
                self._deliver(texts, gone, staging)
            finally:
                shutil.rmtree(staging)

    def _deliver(self, texts: Mapping[str, str], gone: Sequence[str], staging: Path) -> None:
        new = {name: write_synced(staging / name, text) for name, text in texts.items()}
        if new:
            promtool.check_rules(self.find_promtool(), list(new.values()))
        previous = {name: copy_if_exists(self.folder / name, staging / f"{name}.previous") for name in (*texts, *gone)}
        reloaded_before = self.prometheus.last_reload()
        try:
            for name, path in new.items():
                path.replace(self.folder / name)
            for name in gone:
                (self.folder / name).unlink(missing_ok=True)
            sync(self.folder)
            self.prometheus.reload()
            self._verify(reloaded_before.success_timestamp_seconds)
        except BaseException as error:  # also Ctrl-C: half a delivery must not stay
            self._take_back(previous, error)
            raise
        self._require_loaded(texts)
        self._require_gone(gone)

    def _verify(self, before_seconds: float) -> None:
        reload = self.prometheus.last_reload()
        if not reload.successful or reload.success_timestamp_seconds == before_seconds:
            raise ProblemError(f"Prometheus at {self.prometheus.name} did not load the new rule files")

    def _take_back(self, previous: Mapping[str, Path | None], error: BaseException) -> None:
        """Restore the previous files and reload: after a refusal the new scrape configuration is already live."""
        for name, path in previous.items():
            if path is None:
                (self.folder / name).unlink(missing_ok=True)
            else:
                path.replace(self.folder / name)
        sync(self.folder)
        try:
            self.prometheus.reload()
        except TransientError as second:
            error.add_note(f"the previous rule files are back, but not yet loaded: {second}")
        except ProblemError as second:
            error.add_note(f"the previous rule files are back, and refused as well, so the fault is not ours: {second}")
        else:
            error.add_note("the previous rule files are back and loaded")
        log.warning("rule files taken back", folder=str(self.folder), files=",".join(previous))

    def _require_loaded(self, texts: Mapping[str, str]) -> None:
        missing = sorted(texts.keys() - self.prometheus.loaded_files())
        if missing:
            raise ProblemError(
                f"Prometheus at {self.prometheus.name} reloaded but does not read {', '.join(missing)}: "
                f"its rule_files need the entry {self.folder}/*.yml"
            )

    def _require_gone(self, names: Sequence[str]) -> None:
        left = sorted(self.prometheus.loaded_files() & set(names)) if names else []
        if left:
            raise ProblemError(
                f"Prometheus at {self.prometheus.name} still reads {', '.join(left)}, though not from {self.folder}: "
                "its rule_files name another folder with files of ours"
            )
