"""Loads NVIDIA's management library, which comes with its driver, through the module pynvml of nvidia-ml-py."""

import importlib
from typing import Any

LIBRARY = "libnvidia-ml.so.1"
MODULE = "pynvml"


class NotFoundError(Exception):
    """The library, or the Python module for it, is not there; the message says which."""


def load() -> Any:
    """Return the module pynvml with the library initialised; raise NotFoundError."""
    import ctypes  # noqa: PLC0415 - a MiB that only machines with such a GPU need

    try:
        ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise NotFoundError(f"{LIBRARY}, which NVIDIA's driver brings, can't be loaded: {error}") from error
    try:
        module = importlib.import_module(MODULE)
    except ImportError as error:
        raise NotFoundError(f"{MODULE} is not installed: install vigie with its extra `nvidia`") from error
    try:
        module.nvmlInit()
    except module.NVMLError as error:
        raise NotFoundError(f"{LIBRARY} does not start: {error}") from error
    return module
