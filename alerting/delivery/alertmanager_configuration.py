"""The resource `alertmanager`: the configuration of this machine's Alertmanager, and the template of our messages."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from alerting.delivery.alertmanager import Alertmanager, config_hash
from alerting.delivery.file_delivery import FileDelivery
from alerting.routes.integrations import Version
from alerting.routes.render import TEMPLATE, AlertmanagerFiles
from alerting.tools import amtool
from vigie.core.atomic_files import copy_if_exists
from vigie.core.errors import ProblemError
from vigie.reconcile.model import Change


class Configuration:
    """Both texts by file name, and whether Alertmanager runs by exactly these texts."""

    name = "alertmanager"
    is_atomic = True
    relies_on = frozenset[str]()

    def __init__(
        self,
        path: Path,
        make: Callable[[Version], AlertmanagerFiles],
        cases: Sequence[amtool.Case],
        alertmanager: Alertmanager,
        find_amtool: Callable[[], Path],
    ) -> None:
        """Take the file that `alertmanager` reads, what makes the texts for a version, and where alerts must go by it.

        The template lies beside the file. amtool is looked for only when there is something to check.
        """
        self.path = path
        self.make = make
        self.cases = cases
        self.alertmanager = alertmanager
        self.find_amtool = find_amtool
        self.delivery = FileDelivery(
            path.parent, alertmanager, "folder of Alertmanager's configuration", "configuration is"
        )

    def desired(self) -> dict[str, dict[str, Any]]:
        """Return both texts, loaded; raises ProblemError when Alertmanager tells no version, or one that is too old."""
        files = self.make(self.alertmanager.version())
        texts = {self.path.name: files.configuration, TEMPLATE: files.template}
        return {name: {"loaded": True, "text": text} for name, text in texts.items()}

    def actual(self) -> dict[str, dict[str, Any]]:
        """Return what lies there under our two names; raises ProblemError when it can't be read.

        The configuration is loaded when Alertmanager shows the hash of its bytes; the template has no hash, and is
        loaded when there was a reload since it came.
        """
        files = self.delivery.read((self.path.name, TEMPLATE))
        reload = self.alertmanager.last_reload()
        loaded = {name: file.changed_seconds <= reload.success_timestamp_seconds for name, file in files.items()}
        if self.path.name in files:
            loaded[self.path.name] = reload.successful and reload.hash == config_hash(files[self.path.name].text)
        return {name: {"loaded": loaded[name], "text": file.text} for name, file in files.items()}

    def orphans(self) -> dict[str, Any]:
        """Return nothing: without its configuration no Alertmanager could start."""
        return {}

    def write(self, changes: Sequence[Change]) -> None:
        """Deliver both files as one; raises ProblemError with the previous files back in place and loaded."""
        self.delivery.deliver(
            {change.key: change.after["text"] for change in changes}, (), self._check, self._require_same_hash
        )

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

    def _require_same_hash(self) -> None:
        shown, expected = self.alertmanager.last_reload().hash, config_hash(self.path.read_bytes().decode())
        if shown != expected:
            raise ProblemError(
                f"Alertmanager at {self.alertmanager.name} reloaded but does not read {self.path}: "
                f"its alertmanager_config_hash is {shown:.0f}, expected {expected:.0f}"
            )
