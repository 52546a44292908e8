"""What a check is: it asks one server of the software that runs here, and gives a page of metrics of its own."""

from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol


class DeniedError(Exception):
    """The server refuses our login; the message says what it said, never what we sent."""


class Login(NamedTuple):
    """With whom a check logs in, and where in the server; all empty where nothing is sent."""

    user: str = ""
    password: str = ""
    database: str = ""


class Server(NamedTuple):
    """Where the server listens, as this machine reaches it: host and port, or a unix socket's path and port 0.

    The others are for what is asked by HTTP, and for pages that have a path: `name` stands in the Host header and in
    the certificate where it is not `host`.
    """

    host: str
    port: int
    path: str = ""
    scheme: str = ""
    name: str = ""
    ca_file: Path | None = None


class Check(Protocol):
    """One kind of check; a folder of `integrations/` has it as `check.Check` in `check.py`.

    It is made once for each server, so that it may keep what lasts from one scrape to the next.
    """

    denied_retry_seconds: ClassVar[float] = 30.0

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:
        """Return the metrics of the server in the text format, asked within the timeout.

        Raises DeniedError for a refused login, OSError where nobody answers (TimeoutError: too late), and ValueError
        for an answer that is none of this software's.
        """

    def page_when_down(self) -> bytes:
        """Return the page for a server that does not answer, such as `redis_up 0`."""
