"""ipmi_*: sensors, faults and power of the machine's management controller (BMC), asked over /dev/ipmi0."""

import threading
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec

from exporter.base.calls import IpmiCalls
from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import render
from exporter.ipmi.controller import Controller
from exporter.parsing.items import UNREADABLE, skip
from vigie.core.settings import Duration
from vigie.core.thread_restarts import watched_thread

DEVICES = ("dev/ipmi0", "dev/ipmi/0", "dev/ipmidev/0")
FIRST_ANSWER_SECONDS = 1.0
JOIN_SECONDS = 2.0


class IpmiOptions(Options, frozen=True, kw_only=True):
    """How often the controller is asked."""

    refresh_interval: Annotated[
        Duration, msgspec.Meta(ge=5, description="How often the controller is asked; it is slow.")
    ] = 60.0


class Ipmi(Collector):
    """Exposes what the controller told last: it takes milliseconds for each sensor, so that a thread asks it."""

    options_type = IpmiOptions

    def __init__(self, roots: Roots, calls: IpmiCalls, options: object = None) -> None:
        super().__init__(roots, options)
        self._calls = calls
        self._ending = threading.Event()
        self._answered = threading.Event()
        self._thread: threading.Thread | None = None
        self._text = b""
        self._failures: dict[str, str] = {}
        self._error: Exception | None = None

    def page(self) -> bytes:
        """Return what the controller told last; raise NotApplicableError without one, OSError, ValueError."""
        path = next((self.roots.root / name for name in DEVICES if (self.roots.root / name).exists()), None)
        if path is None:  # all that a machine without a controller pays
            raise NotApplicableError(f"{self.roots.root / DEVICES[0]}: no management controller")
        if self._thread is None:
            self._thread = watched_thread("ipmi", partial(self._run, path))
            self._thread.start()
        self._answered.wait(FIRST_ANSWER_SECONDS)
        if isinstance(self._error, PermissionError):
            raise NotApplicableError(f"{path}: {self._error.strerror}; expected the right to read and write it")
        if self._error is not None:
            raise self._error.with_traceback(None)
        for place, reason in self._failures.items():
            skip(place, reason)
        return self._text

    def close(self) -> None:
        """End the thread."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)

    def _run(self, path: Path) -> None:
        controller = Controller(path, self._calls.open)
        while not self._ending.is_set():
            try:
                samples, self._failures = controller.read()
                self._text, self._error = render(samples), None
            except UNREADABLE as error:
                self._error = error
            self._answered.set()
            self._ending.wait(self.options.refresh_interval)
