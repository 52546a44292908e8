"""A number in a list: its text, and the classes that tell its level and how far its bar goes."""

from typing import Protocol

from vigie.console.web import units


class Scale(Protocol):
    """The unit and the thresholds of a column."""

    @property
    def unit(self) -> str:
        """Its unit."""

    @property
    def warning(self) -> float | None:
        """The threshold of a warning."""

    @property
    def critical(self) -> float | None:
        """The threshold of what is critical."""


def cell(value: float | None, scale: Scale, *, is_bar: bool = False) -> tuple[str, str]:
    """Return the text and the classes of a cell; a bar is for shares, of which 1 is full."""
    text = units.show(value, scale.unit)
    if value is None:
        return text, ""
    classes = [f"gauge b{max(0, min(100, round(value * 100)))}"] if is_bar else []
    if scale.critical is not None and value >= scale.critical:
        classes.append("critical")
    elif scale.warning is not None and value >= scale.warning:
        classes.append("warning")
    return text, " ".join(classes)
