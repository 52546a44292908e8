"""The resource `rule files`: our rule files in the folder that the Prometheus on this machine reads."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from alerting.delivery.file_delivery import FileDelivery
from alerting.delivery.prometheus import Prometheus
from alerting.rules.native import PREFIX
from alerting.tools import promtool
from vigie.core.errors import ProblemError
from vigie.reconcile.model import Change


class RuleFiles:
    """By file name, its text and whether Prometheus has loaded exactly that text."""

    name = "rule files"
    is_atomic = True
    relies_on = frozenset[str]()

    def __init__(
        self, texts: Mapping[str, str], folder: Path, prometheus: Prometheus, find_promtool: Callable[[], Path]
    ) -> None:
        """Take the desired `texts` by file name, the folder that `prometheus` reads, and what finds promtool.

        promtool is looked for only when there is something to check.
        """
        self.texts = texts
        self.folder = folder
        self.prometheus = prometheus
        self.find_promtool = find_promtool
        self.delivery = FileDelivery(folder, prometheus, "rule folder", "rule files are")

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return what each of our files should say; loaded, all of them."""
        return {name: {"loaded": True, "text": text} for name, text in self.texts.items()}

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return what lies in the folder under our names; raises ProblemError when it can't be read.

        A file counts as loaded when Prometheus shows its groups and has reloaded since the file came: an apply that
        was killed between the two is seen and finished by the next one.
        """
        files = self.delivery.read(self.texts)
        reloaded_seconds = self.prometheus.last_reload().success_timestamp_seconds
        loaded_names = self.prometheus.loaded_files() if files else frozenset()
        return {
            name: {"loaded": name in loaded_names and file.changed_seconds <= reloaded_seconds, "text": file.text}
            for name, file in files.items()
        }

    def orphans(self) -> dict[str, dict[str, Any]]:
        """Return the files with our prefix that are no longer declared; raises ProblemError when they can't be read.

        One that is gone but still loaded counts: a deletion that was killed before the reload is finished by the next.
        """
        files = self.delivery.read(self.delivery.find(f"{PREFIX}*.yml"))
        loaded = {name for name in self.prometheus.loaded_files() if name.startswith(PREFIX)}
        return {
            name: {"loaded": name in loaded, "text": files[name].text if name in files else ""}
            for name in sorted((loaded | files.keys()) - self.texts.keys())
        }

    def write(self, changes: Sequence[Change]) -> None:
        """Deliver the changed files as one; raises ProblemError with the previous files back in place and loaded."""
        texts = {change.key: change.after["text"] for change in changes if change.action != "delete"}
        gone = [change.key for change in changes if change.action == "delete"]
        self.delivery.deliver(texts, gone, self._check)
        self._require_loaded(texts)
        self._require_gone(gone)

    def _check(self, new: Mapping[str, Path], _staging: Path) -> None:
        if new:
            promtool.check_rules(self.find_promtool(), list(new.values()))

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
