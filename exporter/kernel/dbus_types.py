"""Values as D-Bus writes them into a message's body.

https://dbus.freedesktop.org/doc/dbus-specification.html#type-system
"""

import struct
from collections.abc import Iterator

NUMBERS = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}
CLOSING = {"(": ")", "{": "}"}


def types(signature: str) -> Iterator[str]:
    """Yield the complete types of a signature: `ua(ss)` has `u` and `a(ss)`; raise ValueError."""
    while signature:
        length = _length(signature)
        yield signature[:length]
        signature = signature[length:]


def _length(signature: str) -> int:
    """Return how many characters the first complete type takes."""
    if signature[:1] == "a":
        return 1 + _length(signature[1:])
    if signature[:1] not in CLOSING:
        if not signature:
            raise ValueError("D-Bus: the signature ends within a type")
        return 1
    end = 1
    while signature[end : end + 1] != CLOSING[signature[0]]:
        end += _length(signature[end:])
    if end == 1:
        raise ValueError("D-Bus: an empty structure")
    return end + 1


class Body:
    """A message's body, read from its beginning."""

    def __init__(self, data: bytes, *, is_little: bool = True) -> None:
        self._data = data
        self._order = "<" if is_little else ">"
        self._offset = 0

    def read(self, signature: str) -> tuple[object, ...]:
        """Return the values of the signature's types; raise ValueError when the body is not of them."""
        try:
            return tuple(self._read_one(kind) for kind in types(signature))
        except (struct.error, IndexError) as error:
            raise ValueError(f"D-Bus: a body of {len(self._data)} bytes is too short for {signature}") from error

    def _read_one(self, kind: str) -> object:
        code = kind[0]
        if code in NUMBERS:
            return self._number(code)
        if code in "sog":
            return self._text("y" if code == "g" else "u")
        if code == "v":
            (value,) = self.read(self._text("y"))
            return value
        if code == "a":
            return self._array(kind[1:])
        if code in CLOSING:
            self._align(8)
            return self.read(kind[1:-1])
        raise ValueError(f"D-Bus: no type {code!r}")

    def _align(self, size: int) -> None:
        self._offset += -self._offset % size

    def _number(self, code: str) -> int:
        form = self._order + NUMBERS[code]
        size = struct.calcsize(form)
        self._align(size)
        (value,) = struct.unpack_from(form, self._data, self._offset)
        self._offset += size
        number: int = value
        return number

    def _text(self, length_code: str) -> str:
        length = self._number(length_code)
        begin = self._offset
        self._offset += length + 1  # a zero byte ends it
        if self._offset > len(self._data):
            raise IndexError(self._offset)
        return self._data[begin : begin + length].decode("utf-8", "replace")

    def _array(self, kind: str) -> list[object]:
        length = self._number("u")
        self._align(_alignment(kind))
        end = self._offset + length
        items = []
        while self._offset < end:
            items.append(self._read_one(kind))
        return items


def _alignment(kind: str) -> int:
    code = kind[0]
    if code in NUMBERS:
        return struct.calcsize(NUMBERS[code])
    return 8 if code in CLOSING else 4 if code in "soa" else 1
