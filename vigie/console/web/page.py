"""What the file of a page says of itself."""

from typing import NamedTuple

NOT_IN_MENU = 0


class Page(NamedTuple):
    """The title, the address, and the place in the menu: the lowest number comes first; None was forgotten."""

    title: str = ""
    address: str = ""
    menu: int | None = None
