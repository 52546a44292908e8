"""Names are bytes until they are labels, which must be UTF-8."""

from collections.abc import Iterable


def label(name: bytes) -> str:
    """Return a name as a label shows it: what is not UTF-8 becomes U+FFFD."""
    return name.decode("utf-8", "replace")


def distinct_labels(names: Iterable[bytes]) -> dict[bytes, str]:
    """Return the label of each name; names that would look alike show the bytes that tell them apart in hexadecimal."""
    labels: dict[bytes, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        text = label(name)
        if text in taken:
            text = name.decode("utf-8", "backslashreplace")
        taken.add(text)
        labels[name] = text
    return labels
