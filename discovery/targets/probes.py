"""Which instances blackbox_exporter probes, and what it is told: `probe-http.json` and `probe-tcp.json`.

An instance asks for it by a tag, `probe-http` or `probe-tcp` (also one that is not scraped), or, when it is scraped, by
Meta `probe` = `http` or `tcp`. Only its own endpoint is probed; Meta `probe_path` is the path asked for (default `/`).
"""

from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import quote

from discovery.consul.records import Instance
from discovery.targets.labels import CONTROL, Note

Kind = Literal["http", "tcp"]
KINDS: tuple[Kind, ...] = ("http", "tcp")
MODULES = {"http": "http_2xx", "tcp": "tcp_connect"}  # as in blackbox_exporter's own example configuration
TAG = "probe-"
PATH_SAFE = "/:@!$&'()*+,;=~-._%?"


def file_name(kind: Kind) -> str:
    """Return the file in which the probes of a kind stand."""
    return f"probe-{kind}.json"


def is_tagged(tags: Iterable[str] | None) -> bool:
    """Return whether the tags of an instance, or of a service, ask for a probe."""
    return any(tag in {TAG + kind for kind in KINDS} for tag in tags or ())


def kind(row: Instance, note: Note, *, is_scraped: bool) -> Kind | None:
    """Return how an instance is probed, None when it is not; a wish that is none is noted."""
    for one in KINDS:
        if TAG + one in (row.service.tags or ()):
            return one
    wish = (row.service.meta or {}).get("probe", "") if is_scraped else ""
    for one in KINDS:
        if wish == one:
            return one
    if wish:
        note("probe", f"probe {wish!r} is neither http nor tcp")
    return None


def target(kind: Kind, row: Instance, address: str, labels: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return (what is probed, its labels): the instance's own, with the job `probe-<kind>` and `service`.

    `__param_module` chooses the module; the address becomes `__param_target` by relabelling.
    """
    made = {"service": labels["job"], **labels, "job": TAG + kind, "__param_module": MODULES[kind]}
    if kind == "tcp":
        return address, made
    meta = row.service.meta or {}
    path = meta.get("probe_path", "/")
    path = path if path.startswith("/") and not CONTROL.search(path) else "/"
    scheme = "https" if meta.get("scheme") == "https" else "http"
    return f"{scheme}://{address}{quote(path, safe=PATH_SAFE)}", made
