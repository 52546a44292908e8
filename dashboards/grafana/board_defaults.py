"""What Grafana takes for granted in a board: its editor writes some of it and leaves some of it out at each save."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Part = dict[str, Any]

# A board without these fields is given these values by Grafana's API for boards.
BOARD: Mapping[str, Any] = {
    "editable": True,
    "fiscalYearStartMonth": 0,
    "graphTooltip": 0,
    "links": [],
    "liveNow": False,
    "preload": False,
    "refresh": "",
    "tags": [],
    "templating": {"list": []},
    "time": {"from": "now-6h", "to": "now"},
    "timepicker": {},
    "timezone": "",
    "weekStart": "",
}
TIMEPICKER: Mapping[str, Any] = {
    "hidden": False,
    "nowDelay": "",
    "refresh_intervals": ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"],
}
PANEL: Mapping[str, Any] = {"repeatDirection": "h", "transparent": False}
ANNOTATION: Mapping[str, Any] = {"builtIn": 0}
VARIABLE: Mapping[str, Any] = {
    "auto": False,
    "auto_count": 30,
    "auto_min": "10s",
    "hide": 0,
    "options": [],
    "regex": "",
    "regexApplyTo": "value",
    "skipUrlSync": False,
}
# Grafana asks for the data sources itself, whatever stands there.
OF_A_DATA_SOURCE: Mapping[str, Any] = {"refresh": 1}
THRESHOLD: Mapping[str, Any] = {"value": None}  # the lowest one
# Grafana adds it to every board.
BUILT_IN_ANNOTATION: Mapping[str, Any] = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}


def without_defaults(board: Mapping[str, Any]) -> Part:
    """Return a board without what says no more than its absence; what has another shape stays as it is."""
    made = dict(board)
    if isinstance(made.get("timepicker"), Mapping):
        made["timepicker"] = _strip(made["timepicker"], TIMEPICKER)
    made = _strip(made, BOARD)
    made |= _with_list(made, "templating", _variable)
    made |= _with_list(made, "annotations", _annotation)
    if isinstance(made.get("annotations"), Mapping) and made["annotations"] == {"list": []}:
        del made["annotations"]
    if isinstance(made.get("panels"), list):
        made["panels"] = [_panel(panel) for panel in made["panels"]]
    return made


def _strip(part: Mapping[str, Any], defaults: Mapping[str, Any]) -> Part:
    return {key: value for key, value in part.items() if key not in defaults or not _is_same(value, defaults[key])}


def _is_same(value: Any, default: Any) -> bool:
    """Tell whether both are equal and of one type: `0` is no `false` here."""
    return type(value) is type(default) and bool(value == default)


def _with_list(board: Part, name: str, change: Callable[[Mapping[str, Any]], Part | None]) -> Part:
    """Return the board's part of that name, each member of its list changed or, where that is None, left out."""
    part = board.get(name)
    if not isinstance(part, Mapping) or not isinstance(part.get("list"), list):
        return {}
    members = (change(member) if isinstance(member, Mapping) else member for member in part["list"])
    return {name: {**part, "list": [member for member in members if member is not None]}}


def _variable(variable: Mapping[str, Any]) -> Part:
    is_data_source = variable.get("type") == "datasource"
    return _strip(variable, {**VARIABLE, **OF_A_DATA_SOURCE} if is_data_source else VARIABLE)


def _annotation(annotation: Mapping[str, Any]) -> Part | None:
    return None if annotation == BUILT_IN_ANNOTATION else _strip(annotation, ANNOTATION)


def _panel(panel: Any) -> Any:
    if not isinstance(panel, Mapping):
        return panel
    made = _strip(panel, PANEL)
    if isinstance(made.get("panels"), list):  # of a folded row
        made["panels"] = [_panel(member) for member in made["panels"]]
    if isinstance(made.get("fieldConfig"), Mapping):
        made["fieldConfig"] = _field_config(made["fieldConfig"])
    return made


def _field_config(config: Mapping[str, Any]) -> Part:
    made = dict(config)
    if isinstance(made.get("defaults"), Mapping) and "thresholds" in made["defaults"]:
        made["defaults"] = {**made["defaults"], "thresholds": _thresholds(made["defaults"]["thresholds"])}
    if isinstance(made.get("overrides"), list):
        made["overrides"] = [_override(override) for override in made["overrides"]]
    return made


def _override(override: Any) -> Any:
    if not isinstance(override, Mapping) or not isinstance(override.get("properties"), list):
        return override
    return {**override, "properties": list(_properties(override["properties"]))}


def _properties(properties: Sequence[Any]) -> Iterator[Any]:
    for setting in properties:
        is_thresholds = isinstance(setting, Mapping) and setting.get("id") == "thresholds"
        yield {**setting, "value": _thresholds(setting.get("value"))} if is_thresholds else setting


def _thresholds(thresholds: Any) -> Any:
    if not isinstance(thresholds, Mapping) or not isinstance(thresholds.get("steps"), list):
        return thresholds
    steps = [_strip(step, THRESHOLD) if isinstance(step, Mapping) else step for step in thresholds["steps"]]
    return {**thresholds, "steps": steps}
