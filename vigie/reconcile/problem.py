"""What a check finds: checks return these, and neither print nor exit."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from vigie.core.errors import UsageProblemError


class Problem(NamedTuple):
    """The file that is wrong, the place in it, and what was expected; a warning holds nothing up."""

    file: str
    place: str
    sentence: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{'warning: ' if self.is_warning else ''}{self.file}: {self.place}: {self.sentence}"


def keep_errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that are more than warnings."""
    return [problem for problem in problems if not problem.is_warning]


def of_loading(file: str, load: Callable[[], object]) -> list[Problem]:
    """Return what `load` finds wrong with `file`, nothing when it can be loaded."""
    try:
        load()
    except UsageProblemError as error:
        return [Problem(file, "file", str(error))]
    return []
