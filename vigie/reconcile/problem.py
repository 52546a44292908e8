"""What a check finds: checks return these, and neither print nor exit."""

from collections.abc import Callable
from typing import NamedTuple

from vigie.core.errors import UsageProblemError


class Problem(NamedTuple):
    """The file that is wrong, the place in it, and what was expected."""

    file: str
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.sentence}"


def of_loading(file: str, load: Callable[[], object]) -> list[Problem]:
    """Return what `load` finds wrong with `file`, nothing when it can be loaded."""
    try:
        load()
    except UsageProblemError as error:
        return [Problem(file, "file", str(error))]
    return []
