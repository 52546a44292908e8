"""Which instances blackbox_exporter probes, and how: `probe-http.json`, `probe-tcp.json` and so on, one for each kind.

An instance asks for a probe by a tag such as `probe-http` (also when it is not scraped) or, when it is scraped, by
Meta `probe` = `http`. Only its own endpoint is probed: by `http` at the path in Meta `probe_path` or at `/`, by `icmp`
without the port.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args
from urllib.parse import quote

from discovery.consul.records import Instance
from discovery.targets.labels import CONTROL, OnOmission

ProbeKind = Literal["http", "tcp", "tls", "dns", "icmp"]
PROBE_KINDS: tuple[ProbeKind, ...] = get_args(ProbeKind)
# Those of compose/blackbox/blackbox.yml; their names are blackbox_exporter's own examples', where it has one.
MODULES: Mapping[ProbeKind, str] = {
    "http": "http_2xx",
    "tcp": "tcp_connect",
    "tls": "tls_connect",
    "dns": "dns_udp",
    "icmp": "icmp",
}
TAG_PREFIX = "probe-"
INTEGRATION = "integration"
PATH_SAFE = "/:@!$&'()*+,;=~-._%?"


def probe_file_name(kind: ProbeKind) -> str:
    """Return the file in which the probes of a kind stand."""
    return f"probe-{kind}.json"


def has_probe_tag(tags: Iterable[str] | None) -> bool:
    """Return whether the tags of an instance, or of a service, ask for a probe."""
    return any(tag in {TAG_PREFIX + kind for kind in PROBE_KINDS} for tag in tags or ())


def find_probe_kind(row: Instance, on_omission: OnOmission, *, is_scraped: bool) -> ProbeKind | None:
    """Return how an instance is probed, None when it is not; an unknown kind is reported to `on_omission`."""
    for kind in PROBE_KINDS:
        if TAG_PREFIX + kind in (row.service.tags or ()):
            return kind
    text = (row.service.meta or {}).get("probe", "") if is_scraped else ""
    for kind in PROBE_KINDS:
        if text == kind:
            return kind
    if text:
        on_omission("probe", f"probe {text!r}: expected one of {', '.join(PROBE_KINDS)}")
    return None


def probe_group(kind: ProbeKind, row: Instance, address: str, labels: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return (what is probed, its labels): the instance's own, with the job `probe-<kind>` and `service`.

    `__param_module` chooses the module; the address becomes `__param_target` by relabelling.
    """
    # What blackbox_exporter's `up` says is not said of the server that an integration watches.
    plain = {name: value for name, value in labels.items() if name != INTEGRATION}
    own = {"service": labels["job"], **plain, "job": TAG_PREFIX + kind, "__param_module": MODULES[kind]}
    if kind == "icmp":
        return address.rpartition(":")[0].strip("[]"), own
    if kind != "http":
        return address, own
    meta = row.service.meta or {}
    path = meta.get("probe_path", "/")
    path = path if path.startswith("/") and not CONTROL.search(path) else "/"
    scheme = "https" if meta.get("scheme") == "https" else "http"
    return f"{scheme}://{address}{quote(path, safe=PATH_SAFE)}", own
