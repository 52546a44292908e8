"""The JSON of a board as Grafana stores it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder


def encode_board(board: builders.Dashboard, uid: str) -> dict[str, Any]:
    """Return what is sent to Grafana, and read back from it unchanged but for `id` and `version`.

    Nothing is null: Grafana keeps a null that it is sent, and it would count as a difference.
    """
    encoded = json.loads(json.dumps(board.uid(uid).build(), cls=JSONEncoder))
    _correct(encoded)
    clean = _without_nulls(encoded)
    assert isinstance(clean, dict)
    return clean


def _correct(encoded: dict[str, Any]) -> None:
    """Take out what the builders add that Grafana has no use for."""
    for item in (*encoded["annotations"]["list"], *encoded["links"]):
        del item["placement"]  # the only one that the builders know hides them in a menu
    _close_gaps(encoded["panels"])
    for panel in list_panels(encoded["panels"]):
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        # They take a link on a value for one on a board, which has much more.
        if defaults.get("links"):
            defaults["links"] = [{"title": link["title"], "url": link["url"]} for link in defaults["links"]]


def _close_gaps(panels: Sequence[dict[str, Any]]) -> None:
    """Lift what follows a folded row to it: the builders leave room for the panels in it."""
    lifted = 0
    for panel in panels:
        panel["gridPos"]["y"] -= lifted
        for member in panel.get("panels") or ():
            member["gridPos"]["y"] -= lifted
        members = [member["gridPos"] for member in panel.get("panels") or ()]
        if members:
            lifted += max(place["y"] + place["h"] for place in members) - panel["gridPos"]["y"] - 1


def list_panels(panels: Any) -> Iterator[dict[str, Any]]:
    """Yield each panel of a board, also those that lie in a folded row; skip what is none."""
    for panel in panels if isinstance(panels, list) else ():
        if isinstance(panel, dict):
            yield panel
            yield from list_panels(panel.get("panels"))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        # The lowest threshold is the one whose value is null, so there a null has a meaning.
        is_threshold = value.keys() == {"value", "color"}
        return {key: _without_nulls(member) for key, member in value.items() if member is not None or is_threshold}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value]
    return value
