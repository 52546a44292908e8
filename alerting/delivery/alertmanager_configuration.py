"""Brings Alertmanager's configuration to the one next door: checked, placed, reloaded, verified, or taken back."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from alerting.delivery.alertmanager import Alertmanager, config_hash
from alerting.routes.receivers import Version
from alerting.routes.render import TEMPLATE, Made
from alerting.tools import amtool
from vigie.core.atomic_files import STAGING, copy_if_exists, exclusive_lock, os_errors_explained, sync, write_synced
from vigie.core.errors import ProblemError, TransientError
from vigie.reconcile.model import Change

WHAT = "folder of Alertmanager's configuration"
log = structlog.get_logger()


class Configuration:
    """The resource `alertmanager`: its configuration and our template, and whether it runs by exactly these texts."""

    name = "alertmanager"
    is_atomic = True

    def __init__(
        self,
        path: Path,
        make: Callable[[Version], Made],
        cases: Sequence[amtool.Case],
        alertmanager: Alertmanager,
        find_amtool: Callable[[], Path],
    ) -> None:
        """Take the file that `alertmanager` reads, what makes its text for a version, and where alerts must go by it.

        The template lies beside the file. amtool is looked for only when there is something to check.
        """
        self.path = path
        self.make = make
        self.cases = cases
        self.alertmanager = alertmanager
        self.find_amtool = find_amtool

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return both texts, loaded; raises ProblemError when the version can't be had or lacks what is wanted."""
        made = self.make(self.alertmanager.version())
        texts = {self.path.name: made.configuration, TEMPLATE: made.template}
        return {name: {"loaded": True, "text": text} for name, text in texts.items()}

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return what lies there under our two names; raises ProblemError when it can't be read.

        The configuration is loaded when Alertmanager shows the hash of its bytes; the template has no hash, and is
        loaded when there was a reload since it came.
        """
        with os_errors_explained(self.path.parent, WHAT, "Alertmanager"):
            found = [path for path in (self.path, self.path.with_name(TEMPLATE)) if path.exists()]
            texts = {path.name: path.read_bytes().decode(errors="replace") for path in found}
            changed_seconds = {path.name: path.stat().st_ctime for path in found}
        reload = self.alertmanager.last_reload()
        loaded = {name: changed_seconds[name] <= reload.success_timestamp_seconds for name in texts}
        if self.path.name in texts:
            loaded[self.path.name] = reload.successful and reload.hash == config_hash(texts[self.path.name])
        return {name: {"loaded": loaded[name], "text": text} for name, text in texts.items()}

    def orphans(self) -> dict[str, Any]:
        """Return nothing: without its configuration no Alertmanager could start."""
        return {}

    def write(self, changes: Sequence[Change]) -> None:
        """Deliver both files as one; raises ProblemError with the previous files back in place and loaded."""
        texts = {change.key: change.after["text"] for change in changes}
        folder = self.path.parent
        with os_errors_explained(folder, WHAT, "Alertmanager"), exclusive_lock(folder, WHAT):
            staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
            try:
                self._deliver(texts, staging)
            finally:
                shutil.rmtree(staging)

    def _deliver(self, texts: Mapping[str, str], staging: Path) -> None:
        new = {name: write_synced(staging / name, text) for name, text in texts.items()}
        self._check(new, staging)
        folder = self.path.parent
        previous = {name: copy_if_exists(folder / name, staging / f"{name}.previous") for name in texts}
        before = self.alertmanager.last_reload()
        try:
            for name, path in new.items():
                path.replace(folder / name)
            sync(folder)
            self.alertmanager.reload()
            self._verify(before.success_timestamp_seconds)
        except BaseException as error:  # also Ctrl-C: half a delivery must not stay
            self._take_back(previous, error)
            raise

    def _check(self, new: Mapping[str, Path], staging: Path) -> None:
        """Let amtool look at the configuration, in a folder that has the template too."""
        configuration = new.get(self.path.name)
        if configuration is None:
            return
        if TEMPLATE not in new:
            copy_if_exists(self.path.with_name(TEMPLATE), staging / TEMPLATE)
        tool = self.find_amtool()
        amtool.check_config(tool, configuration)
        amtool.check_routes(tool, configuration, self.cases)

    def _verify(self, before_seconds: float) -> None:
        reload = self.alertmanager.last_reload()
        wanted = config_hash(self.path.read_bytes().decode())
        if not reload.successful or reload.success_timestamp_seconds == before_seconds:
            raise ProblemError(f"Alertmanager at {self.alertmanager.name} did not load the new configuration")
        if reload.hash != wanted:
            raise ProblemError(
                f"Alertmanager at {self.alertmanager.name} reloaded but does not read {self.path}: "
                f"its alertmanager_config_hash is {reload.hash:.0f}, expected {wanted:.0f}"
            )

    def _take_back(self, previous: Mapping[str, Path | None], error: BaseException) -> None:
        """Restore the previous files and reload, so that what lies there and what runs are the same again."""
        for name, path in previous.items():
            if path is None:
                self.path.with_name(name).unlink(missing_ok=True)
            else:
                path.replace(self.path.with_name(name))
        sync(self.path.parent)
        try:
            self.alertmanager.reload()
        except TransientError as second:
            error.add_note(f"the previous configuration is back, but not yet loaded: {second}")
        except ProblemError as second:
            error.add_note(f"the previous configuration is back, and refused as well: {second}")
        else:
            error.add_note("the previous configuration is back and loaded")
        log.warning("configuration taken back", file=str(self.path))
