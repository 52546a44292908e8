"""The JSON of a board as Grafana stores it."""

import json
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
    for panel in encoded["panels"]:
        defaults = panel.get("fieldConfig", {}).get("defaults", {})
        # They take a link on a value for one on a board, which has much more.
        if defaults.get("links"):
            defaults["links"] = [{"title": link["title"], "url": link["url"]} for link in defaults["links"]]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        # The lowest threshold is the one whose value is null, so there a null has a meaning.
        is_threshold = value.keys() == {"value", "color"}
        return {key: _without_nulls(member) for key, member in value.items() if member is not None or is_threshold}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value]
    return value
