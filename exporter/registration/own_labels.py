"""Which labels of their own applications may put on their targets."""

from collections.abc import Mapping

from exporter.registration.record import LABEL_NAME, VALUE_BYTES
from exporter.registration.refusals import Refusal

LABEL_PREFIX = "vigie.label."
# Identities, and what Prometheus and Alertmanager own: discovery would refuse them too.
RESERVED_LABELS = frozenset(
    ("job", "instance", "host", "dc", "replica", "alertname", "severity", "le", "quantile", "integration")
)
NAME_BYTES = 122  # of a label, so that Meta's key `label_<name>` has at most 128
LABELS = 50  # of Meta's 64 pairs; the others are ours


def own_labels(asker: str, asked: Mapping[str, str]) -> tuple[dict[str, str], list[Refusal]]:
    """Return the labels of `asked` that a target may have, by name, and what is refused to `asker`."""
    kept: dict[str, str] = {}
    refusals = []
    for name, value in asked.items():
        problem = _problem(name, value) or (f"more than {LABELS} labels" if len(kept) == LABELS else "")
        if problem:
            refusals.append(Refusal(asker, "label", f"label {name[:80]!r}: {problem}"))
        else:
            kept[name] = value
    return kept, refusals


def asked_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return what `vigie.label.<name>` ask for, by name and in order; an empty one is an absent one."""
    keys = (key for key in sorted(labels) if key.startswith(LABEL_PREFIX) and labels[key])
    return {key.removeprefix(LABEL_PREFIX): labels[key] for key in keys}


def _problem(name: str, value: str) -> str:
    """Return why a label can't be set, "" when it can."""
    if not LABEL_NAME.fullmatch(name) or name.startswith("__") or len(name) > NAME_BYTES:
        return f"expected a name of up to {NAME_BYTES} letters, digits and underscores"
    if name in RESERVED_LABELS:
        return "this name is not an application's to set"
    if len(value.encode("utf-8", "replace")) > VALUE_BYTES:
        return f"expected a value of at most {VALUE_BYTES} bytes"
    if not value.isprintable():
        return "expected a value of printable characters"
    return ""
