"""Value mappings: which texts stand in place of which numbers."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from grafana_foundation_sdk.models import dashboard


class ValueMapping(NamedTuple):
    """What stands in place of a number, and its colour."""

    text: str
    colour: str


def encode_value_mappings(mappings: Mapping[int, ValueMapping]) -> list[Any]:
    """Return value mappings, given by the number that each replaces, as Grafana's models."""
    results = {
        str(value): dashboard.ValueMappingResult(text=mapping.text, color=mapping.colour, index=index)
        for index, (value, mapping) in enumerate(mappings.items())
    }
    return [dashboard.ValueMap(options=results)] if results else []
