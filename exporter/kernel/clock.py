"""The system call adjtimex(2), which Python's standard library lacks."""

import functools
import os
from collections.abc import Callable
from typing import Any

TIMEX_BYTES = 208  # sizeof(struct timex) on 64 bit; more than on 32 bit


def adjtimex() -> tuple[int, bytes]:
    """Return the clock's state and the struct timex that the kernel filled in; changes nothing. Raises OSError."""
    import ctypes  # noqa: PLC0415 - a MiB that only the collector of timex needs

    buffer = ctypes.create_string_buffer(TIMEX_BYTES)
    state = _function()(buffer)
    if state < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return state, buffer.raw


@functools.cache
def _function() -> Callable[[Any], int]:
    import ctypes  # noqa: PLC0415

    return ctypes.CDLL(None, use_errno=True).adjtimex
