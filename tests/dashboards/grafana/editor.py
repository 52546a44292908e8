"""A save in Grafana's own editor, as Chromium showed it with 12.4: what it leaves out and what it adds."""

import copy

# As Grafana 12.4's API for boards adds it to each.
BUILT_IN = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}
LEFT_OUT = {"repeatDirection": "h", "transparent": False}
LEFT_OUT_OF_VARIABLES = ("auto", "auto_count", "auto_min", "skipUrlSync")


def save(board):
    """Return the board as the editor sends it when nothing was changed."""
    saved = copy.deepcopy(board)
    saved |= {"preload": False, "timepicker": {}, "weekStart": ""}
    for annotation in saved["annotations"]["list"]:
        del annotation["builtIn"]
    saved["annotations"]["list"].insert(0, copy.deepcopy(BUILT_IN))
    for variable in saved["templating"]["list"]:
        for name in LEFT_OUT_OF_VARIABLES:
            del variable[name]
        variable["options"] = []
        added = {"regexApplyTo": "value"} if variable["type"] == "query" else {"regex": "", "refresh": 1}
        variable.update(added)
    for panel in all_panels(saved):
        for name, value in LEFT_OUT.items():
            if panel.get(name) == value:
                del panel[name]
        for step in lowest_steps(panel):
            step.pop("value")
    return saved


def all_panels(board):
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels") or ()


def lowest_steps(panel):
    """Yield each threshold that has no number, those of overrides too."""
    config = panel.get("fieldConfig", {})
    settings = [setting for override in config.get("overrides", ()) for setting in override["properties"]]
    all_thresholds = [setting["value"] for setting in settings if setting["id"] == "thresholds"]
    for thresholds in [config.get("defaults", {}).get("thresholds", {}), *all_thresholds]:
        yield from (step for step in thresholds.get("steps", ()) if step.get("value") is None)
