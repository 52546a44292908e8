"""Finds where the receivers of an Alertmanager's configuration lead, as far as that is no secret."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

HIDDEN = "<secret>"  # how Alertmanager shows what it hides
URLS = {  # by kind of endpoint: the key of its URL, that of a file with the URL, the global key, the usual URL
    "webhook_configs": ("url", "url_file", "", ""),
    "slack_configs": ("api_url", "api_url_file", "slack_api_url", "https://hooks.slack.com/"),
    "pagerduty_configs": ("url", "", "pagerduty_url", "https://events.pagerduty.com/v2/enqueue"),
    "opsgenie_configs": ("api_url", "", "opsgenie_api_url", "https://api.opsgenie.com/"),
    "msteamsv2_configs": ("webhook_url", "webhook_url_file", "", ""),
}


class Endpoint(NamedTuple):
    """One endpoint of a receiver: host and port, with TLS from the start or not; mail asks for TLS itself."""

    receiver: str
    kind: str
    host: str
    port: int
    is_tls: bool
    is_mail: bool = False
    ca_file: str | None = None
    is_unverified: bool = False

    @property
    def address(self) -> str:
        """Host and port; a URL's path may be a secret."""
        return f"{self.host}:{self.port}"


def find_endpoints(configuration: str) -> tuple[Endpoint, ...]:
    """Return the endpoints of all receivers; those whose address is hidden are left out."""
    document = yaml.safe_load(configuration) or {}
    defaults = document.get("global") or {}
    return tuple(
        endpoint
        for receiver in document.get("receivers") or ()
        for endpoint in (*_mails(receiver, defaults), *_urls(receiver, defaults))
    )


def _mails(receiver: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Endpoint]:
    for settings in receiver.get("email_configs") or ():
        host, _, port = str(settings.get("smarthost") or defaults.get("smtp_smarthost") or "").rpartition(":")
        if host and port.isdigit():
            wants_tls = settings.get("require_tls", defaults.get("smtp_require_tls", True))
            yield Endpoint(receiver["name"], "mail", host, int(port), bool(wants_tls), is_mail=True, **_trust(settings))


def _urls(receiver: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[Endpoint]:
    for key, (own, file, usual, default) in URLS.items():
        for settings in receiver.get(key) or ():
            url = _plain(settings.get(own)) or _of_file(settings.get(file)) or _plain(defaults.get(usual)) or default
            http = settings.get("http_config") or defaults.get("http_config") or {}
            parts = urlsplit(_plain(http.get("proxy_url")) or url)
            if parts.hostname:
                is_tls = parts.scheme == "https"
                port = parts.port or (443 if is_tls else 80)
                kind = key.removesuffix("_configs")
                yield Endpoint(receiver["name"], kind, parts.hostname, port, is_tls, **_trust(http))


def _trust(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return how certificates are judged; with a CA file that is on Alertmanager's machine alone they are not."""
    tls = settings.get("tls_config") or {}
    ca_file = str(tls.get("ca_file") or "")
    is_elsewhere = bool(ca_file) and not os.access(ca_file, os.R_OK)
    return {
        "ca_file": None if is_elsewhere else ca_file or None,
        "is_unverified": bool(tls.get("insecure_skip_verify")) or is_elsewhere,
    }


def _plain(value: Any) -> str:
    return "" if value in {None, HIDDEN} else str(value)


def _of_file(path: Any) -> str:
    """Return the URL in a file; Alertmanager's files can often be read by it alone."""
    try:
        return Path(path).read_text().strip() if path else ""
    except OSError:
        return ""
