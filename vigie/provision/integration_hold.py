"""What waits of a whole integration: its rule file, its rule groups and its board, whoever declares them."""

import glob
from collections.abc import Iterable
from pathlib import Path

from alerting.rules.integrations import PREFIX
from alerting.rules.native import PREFIX as FILE_PREFIX
from dashboards.grafana.uids import make_safe_uid
from vigie.core.integrations.manifest import MANIFEST
from vigie.core.integrations.names import FOLDER, find_folder
from vigie.core.site_folder import within
from vigie.reconcile.hold import NOTHING_HELD, Hold


def hold_integrations(names: Iterable[str]) -> Hold:
    """Return that what is delivered of these integrations stays."""
    stems = [f"{PREFIX}{name}" for name in names]
    escaped = [glob.escape(stem) for stem in stems]
    return Hold(
        objects=frozenset({
            *(("rule files", f"{FILE_PREFIX}{stem}.yml") for stem in escaped),
            *(("rule groups", pattern) for stem in escaped for pattern in (stem, f"{stem}/*")),
            *(("boards", glob.escape(make_safe_uid(stem))) for stem in stems),
        })
    )  # fmt: skip


def hold_for_manifest(file: str, site: Path | None) -> Hold:
    """Return that all of an integration waits whose manifest is refused; nothing for another file."""
    folder = find_folder(file, within(site, FOLDER)) if Path(file).name == MANIFEST else None
    return hold_integrations([folder.name]) if folder is not None else NOTHING_HELD
