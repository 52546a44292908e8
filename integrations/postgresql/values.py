"""Makes samples of what a server answered."""

from collections.abc import Iterator

from exporter.exposition.text import Family, Sample
from exporter.parsing.items import skip
from exporter.parsing.numbers import MOST_DIGITS
from integrations.postgresql.protocol import Answer
from integrations.postgresql.statements import SERVER, Statement

SETTINGS = (
    "SELECT name, setting, unit, vartype FROM pg_catalog.pg_settings WHERE vartype IN ('bool', 'integer', 'real') "
    "AND setting IS NOT NULL ORDER BY name"
)
# What a unit of pg_settings is in seconds or bytes; `8kB` is a number and a unit.
SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400}
BYTES = {"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
TRUTH = {b"t": 1, b"f": 0}


def read_values(statement: Statement, answer: Answer, server: str) -> Iterator[Sample]:
    """Yield the samples of a statement's rows; a row that can't be understood costs itself alone."""
    labels_count = len(statement.labels.split())
    for row in answer.rows():
        labels = tuple(text.decode("utf-8", "surrogateescape") if text else "" for text in row[:labels_count])
        if statement.is_old:
            labels = (*labels, server)
        for family, text in zip(statement.families, row[labels_count:], strict=True):
            value = statement.null if text is None else _number(text)
            if value is not None:
                yield Sample(family, value, labels)


def read_settings(answer: Answer, server: str) -> Iterator[Sample]:
    """Yield the settings that are numbers, in seconds and bytes."""
    for row in answer.rows():
        name, setting, unit, kind = ((text or b"").decode("utf-8", "replace") for text in row)
        try:
            value, suffix = (float(setting == "on"), "") if kind == "bool" else _in_base_units(setting, unit)
        except ValueError:
            skip(f"pg_settings: {name}", f"expected a number of a known unit, got {setting[:40]!r} {unit[:10]!r}")
            continue
        metric = "".join(character if character.isalnum() and character.isascii() else "_" for character in name)
        family = Family(f"pg_settings_{metric}{suffix}", "gauge", f"PostgreSQL: setting {name}.", (SERVER,))
        yield Sample(family, value, (server,))


def _number(text: bytes) -> float:
    if len(text) < MOST_DIGITS and text.isdigit():
        return int(text)
    return TRUTH[text] if text in TRUTH else float(text)


def _in_base_units(setting: str, unit: str) -> tuple[float, str]:
    value = float(setting)
    if not unit:
        return value, ""
    name = unit.lstrip("0123456789")
    factor = SECONDS.get(name) or BYTES.get(name)
    if factor is None:
        raise ValueError(unit)
    factor *= int(unit.removesuffix(name) or 1)
    return (value if value == -1 else value * factor), ("_seconds" if name in SECONDS else "_bytes")
