"""The boards and the folders that they lie in."""

import glob
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from dashboards import all_boards, boards, integration_boards, lint, site_lint
from vigie.core.integrations.names import FOLDER as INTEGRATIONS
from vigie.core.integrations.names import find_folder
from vigie.core.promql.catalogue import Catalogue
from vigie.core.site_folder import within
from vigie.reconcile.declaration import Declaration, Inputs
from vigie.reconcile.hold import Hold
from vigie.reconcile.problem import Problem


class Boards(Declaration):
    """Boards in Python or JSON, also in folders."""

    name = "boards"
    site_files = (
        *(f"boards/{'*/' * depth}*{suffix}" for depth in range(all_boards.DEPTH + 1) for suffix in (".json", ".py")),
        f"integrations/*/{integration_boards.FILE}",
    )
    servers = frozenset({"grafana"})
    delivers = frozenset({("folders", "*"), ("boards", "*")})

    def problems(self, inputs: Inputs, catalogue: Catalogue) -> list[Problem]:
        """Return what is wrong with the boards; ours must also look like ours.

        Raises ProblemError that names a file which is no board, or which may not be executed.
        """
        loaded = _load(inputs)
        ours = {uid: board for uid, board in loaded.boards.items() if uid not in loaded.added}
        added = {uid: board for uid, board in loaded.boards.items() if uid in loaded.added}
        problems = lint.check(ours, catalogue) + site_lint.check(added, catalogue)
        replaced = all_boards.list_uids(within(inputs.site, "boards")).values()  # these may choose as they like
        for file in integration_boards.list_files(inputs.site, inputs.integrations):
            if file.path not in inputs.hold.files and file.uid not in replaced:
                problems += integration_boards.check(file, loaded.boards[file.uid])
        return problems

    def hold(self, file: str, inputs: Inputs) -> Hold | None:
        """Return what waits for one board, which a problem names by its uid or by its file."""
        uids = all_boards.list_uids(within(inputs.site, "boards"))
        uids |= {each.path: each.uid for each in integration_boards.list_files(inputs.site)}
        by_path = {str(path): (path, uid) for path, uid in uids.items()}
        if file in by_path:
            path, uid = by_path[file]
            return Hold(frozenset({path}), objects=frozenset({("boards", glob.escape(uid))}))
        folder = find_folder(file, within(inputs.site, INTEGRATIONS))
        if folder is not None:
            of_folder = integration_boards.BoardFile(folder.name, folder / integration_boards.FILE)
            return Hold(frozenset({of_folder.path}), objects=frozenset({("boards", glob.escape(of_folder.uid))}))
        prefix, _, uid = file.partition(" ")
        return Hold(objects=frozenset({("boards", glob.escape(uid))})) if prefix == "board" and uid else None

    def grafana_objects(self, inputs: Inputs) -> Mapping[str, Mapping[str, Any]]:
        """Return folders and boards, and under `board folders` the folder of each board that is not in the common one.

        Raises as `problems` does.
        """
        loaded = _load(inputs)
        return {"folders": loaded.folders, "boards": loaded.boards, "board folders": loaded.places}

    def hashed(self, inputs: Inputs) -> Iterator[tuple[str, bytes]]:
        """Yield our boards as they are sent, and the site folder's as they lie there, which executes nothing."""
        ours = [file for file in integration_boards.list_files(None) if file.is_ours]
        of_integrations = {file.uid: integration_boards.load(file, runs_python=False) for file in ours}
        yield self.name, msgspec.json.encode({**boards.load(), **of_integrations}, order="deterministic")
        yield from super().hashed(inputs)


def _load(inputs: Inputs) -> all_boards.AllBoards:
    loaded = all_boards.load(within(inputs.site, "boards"), runs_python=inputs.runs_python, without=inputs.hold.files)
    files = integration_boards.list_files(inputs.site, inputs.integrations)
    files = [file for file in files if file.path not in inputs.hold.files]
    built = {file.uid: integration_boards.load(file, runs_python=inputs.runs_python) for file in files}
    added = {file.uid for file in files if not file.is_ours}
    return loaded._replace(boards={**built, **loaded.boards}, added=loaded.added | added)
