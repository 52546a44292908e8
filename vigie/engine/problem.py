"""What a check finds: checks return these, and neither print nor exit."""

from typing import NamedTuple


class Problem(NamedTuple):
    """The file that is wrong, the place in it, and what was expected."""

    file: str
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.sentence}"
