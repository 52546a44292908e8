"""Takes the secrets out of an `alertmanager.yml`: each goes into a file of its own."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from alerting.routes.integrations import ALWAYS, Version

UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
# By the key around a setting ("" for any), the settings that hold a secret, and the first version that takes it from a
# file instead, by the setting with `_file` behind it (Alertmanager's CHANGELOG and config/config.go).
FILES: Mapping[str, Mapping[str, Version]] = {
    "": {"password": ALWAYS, "credentials": (0, 22), "bearer_token": ALWAYS, "client_secret": ALWAYS},
    "global": {
        "slack_api_url": (0, 22),
        "slack_app_token": (0, 30),
        "smtp_auth_password": (0, 25),
        "opsgenie_api_key": (0, 24),
        "victorops_api_key": (0, 25),
        "telegram_bot_token": (0, 31),
        "wechat_api_secret": (0, 31),
        "rocketchat_token": (0, 28),
        "rocketchat_token_id": (0, 28),
        "mattermost_webhook_url": (0, 32),
    },
    "slack_configs": {"api_url": (0, 22), "app_token": (0, 30)},
    "opsgenie_configs": {"api_key": (0, 24)},
    "pagerduty_configs": {"routing_key": (0, 25), "service_key": (0, 25)},
    "webhook_configs": {"url": (0, 26)},
    "email_configs": {"auth_password": (0, 25)},
    "discord_configs": {"webhook_url": (0, 27)},
    "msteams_configs": {"webhook_url": (0, 27)},
    "msteamsv2_configs": {"webhook_url": (0, 28)},
    "telegram_configs": {"bot_token": (0, 26)},
    "pushover_configs": {"user_key": (0, 26), "token": (0, 26)},
    "victorops_configs": {"api_key": (0, 25)},
    "wechat_configs": {"api_secret": (0, 31)},
    "rocketchat_configs": {"token": (0, 28), "token_id": (0, 28)},
    "mattermost_configs": {"webhook_url": (0, 30)},
    "incidentio_configs": {"alert_source_token": (0, 29)},
}
# Settings that hold a secret and that no version takes from a file.
ALWAYS_INLINE = frozenset({"secret_key", "auth_secret", "private_key"})


class Extraction(NamedTuple):
    """A document without its secrets; the secrets by the name of their file; where one had to stay."""

    document: Any
    files: dict[str, str]
    left: list[str]


def extract(document: Any, folder: Path | None, version: Version) -> Extraction:
    """Return the document with each secret replaced by the file in `folder` that will hold it.

    Without a folder all of them stay. `left` names the places that still hold one.
    """
    files: dict[str, str] = {}
    left: list[str] = []

    def walk(part: Any, outer: str, place: str) -> Any:
        if isinstance(part, list):
            return [walk(member, outer, f"{place}.{_name_of(member, number)}") for number, member in enumerate(part)]
        if not isinstance(part, dict):
            return part
        walked: dict[str, Any] = {}
        for key, value in part.items():
            inner = f"{place}.{key}" if place else str(key)
            since = _since(outer, str(key), value)
            if since is None:
                walked[key] = walk(value, key if key in FILES else outer, inner)
                if isinstance(value, str) and key in ALWAYS_INLINE:
                    left.append(inner)
            elif folder is None or version < since:
                walked[key] = value
                left.append(inner)
            else:
                name = UNSAFE.sub("-", inner)
                files[name] = str(value)
                walked[f"{key}_file"] = str(folder / name)
        return walked

    return Extraction(walk(document, "", ""), files, left)


def _since(outer: str, key: str, value: Any) -> Version | None:
    """Return the version from which on a file can hold this setting, None for one that is no secret."""
    if not isinstance(value, str) or not value:
        return None
    return FILES.get(outer, {}).get(key) or FILES[""].get(key)


def _name_of(member: Any, number: int) -> str:
    name = member.get("name") if isinstance(member, dict) else None
    return name if isinstance(name, str) else str(number + 1)
