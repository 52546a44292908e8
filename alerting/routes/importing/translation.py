"""Says in the words of `routes.yml` what an `alertmanager.yml` says."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alerting.routes.matchers import parse_matcher
from vigie.core.errors import UsageProblemError

# What Alertmanager does where a file says nothing (its documentation of `<route>`).
WAIT, INTERVAL, REPEAT = "30s", "5m", "4h"
PLAIN = {"group_by": "by", "group_wait": "wait", "group_interval": "interval", "repeat_interval": "repeat"}
INTERVALS = {"active_time_intervals": "hours", "mute_time_intervals": "muted"}
OF_ROUTE = {*PLAIN, *INTERVALS, "receiver", "matchers", "match", "match_re", "continue", "routes"}
OF_FILE = ("global", "templates", "route", "receivers", "time_intervals", "mute_time_intervals", "inhibit_rules")
OLD_INHIBITION = {"source_match": "=", "source_match_re": "=~", "target_match": "=", "target_match_re": "=~"}

Document = Mapping[str, Any]


def translate(document: Document, folder: Path) -> dict[str, Any]:
    """Return what `routes.yml` must hold; raises UsageProblemError for what is no configuration of Alertmanager.

    The whole tree becomes one route by labels, without matchers, that takes everything. Templates are looked for in
    `folder`, where the file lies.
    """
    root, receivers = document.get("route"), document.get("receivers")
    if not isinstance(root, dict) or not isinstance(receivers, list) or not root.get("receiver"):
        raise UsageProblemError("expected a configuration of Alertmanager, with `route` and `receivers`")
    first = str(root["receiver"])
    wait, repeat = str(root.get("group_wait", WAIT)), str(root.get("repeat_interval", REPEAT))
    interval = str(root.get("group_interval", INTERVAL))
    everything = {"by": [], "wait": wait, "interval": interval, "repeat": repeat, **_route(root)}
    return {
        "receivers": dict(_receivers(receivers)),
        "default": dict.fromkeys(("critical", "warning", "info"), first),
        "severities": {name: {"wait": wait, "repeat": repeat} for name in ("critical", "warning", "info")},
        "grouping": {"by": list(root.get("group_by") or ()), "interval": interval},
        "routes": [everything],
        "raw": _raw(document, folder),
    }


def matcher(name: str, sign: str, value: str) -> str:
    """Return a matcher as Alertmanager writes it."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{name}{sign}"{quoted}"'


def list_matchers(route: Document) -> list[str]:
    """Return the matchers of a route, also those in the words of before 0.22; raises UsageProblemError for none."""
    matchers = [text for texts in route.get("matchers") or () for text in _split(str(texts))]
    matchers += [matcher(str(name), "=", str(value)) for name, value in (route.get("match") or {}).items()]
    matchers += [matcher(str(name), "=~", str(value)) for name, value in (route.get("match_re") or {}).items()]
    for text in matchers:
        parse_matcher(text)
    return matchers


def _split(text: str) -> list[str]:
    """Return the matchers of one text, which may hold several in braces, with commas between them."""
    inner = text.strip().removeprefix("{").removesuffix("}") if text.strip().startswith("{") else text
    parts, is_quoted, is_escaped = [""], False, False
    for character in inner:
        if character == "," and not is_quoted:
            parts.append("")
            continue
        parts[-1] += character
        is_quoted ^= character == '"' and not is_escaped
        is_escaped = character == "\\" and not is_escaped
    return [part.strip() for part in parts if part.strip()]


def _route(route: Document) -> dict[str, Any]:
    translated: dict[str, Any] = {}
    if matchers := list_matchers(route):
        translated["match"] = matchers
    if route.get("receiver"):
        translated["receivers"] = str(route["receiver"])
    if route.get("continue"):
        translated["continue"] = True
    translated |= {ours: route[theirs] for theirs, ours in (PLAIN | INTERVALS).items() if route.get(theirs) is not None}
    if further := {key: value for key, value in route.items() if key not in OF_ROUTE}:
        translated["raw"] = further  # of a version that is newer than this
    if members := route.get("routes"):
        translated["routes"] = [_route(member) for member in members]
    return translated


def _receivers(receivers: list[Document]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each receiver by name, its integrations in Alertmanager's own words."""
    for receiver in receivers:
        ways = {key: value for key, value in receiver.items() if key != "name" and value}
        yield str(receiver["name"]), {"raw": ways} if ways else {"silent": True}


def _raw(document: Document, folder: Path) -> dict[str, Any]:
    intervals = [*(document.get("time_intervals") or ()), *(document.get("mute_time_intervals") or ())]
    raw = {
        "global": document.get("global"),
        "templates": [str(folder / name) for name in document.get("templates") or ()],
        "time_intervals": intervals,
        "inhibit_rules": [_inhibition(rule) for rule in document.get("inhibit_rules") or ()],
        "further": {key: value for key, value in document.items() if key not in OF_FILE},
    }
    return {key: value for key, value in raw.items() if value}


def _inhibition(rule: Document) -> dict[str, Any]:
    """Return an inhibition with matchers, also where it has the words of before 0.22."""
    translated = {key: value for key, value in rule.items() if key not in OLD_INHIBITION}
    for key, sign in OLD_INHIBITION.items():
        side = f"{key.split('_')[0]}_matchers"
        added = [matcher(str(name), sign, str(value)) for name, value in (rule.get(key) or {}).items()]
        if added:
            translated[side] = [*(translated.get(side) or ()), *added]
    return translated
