"""HTTP over a unix socket, as `unix:///run/consul.sock` names it."""

import http.client
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

HOST = "localhost"  # what the request's Host header says


def socket_path(url: str) -> str:
    """Return the path of the socket that a URL names, "" for any other URL."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" and not parts.netloc else ""


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection to a socket in the file system."""

    def __init__(self, path: str, timeout_seconds: float | None) -> None:
        super().__init__(HOST, timeout=timeout_seconds)
        self._path = path

    def connect(self) -> None:
        """Connect; raise OSError."""
        self.sock = socket.socket(socket.AF_UNIX)
        try:
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)
        except OSError as error:
            self.sock.close()
            raise OSError(error.errno, f"{self._path}: {error.strerror or error}") from error


class UnixAdapter(BaseAdapter):
    """Has a session of `requests` speak to a socket; each request makes a connection of its own, which costs little."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002, ARG002 - the signature is that of requests
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002, ARG002
        cert: Any = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        """Return the whole answer; raise requests.RequestException."""
        connection = UnixConnection(self._path, timeout[-1] if isinstance(timeout, tuple) else timeout)
        try:
            headers = {**request.headers, "Accept-Encoding": "identity"}
            connection.request(request.method or "GET", request.path_url, request.body, headers)
            answer = connection.getresponse()
            response = requests.Response()
            response._content = answer.read()  # noqa: SLF001 - as the adapter of requests does with a stream
        except TimeoutError as error:
            raise requests.Timeout(f"{self._path}: {error}", request=request) from error
        except (OSError, http.client.HTTPException) as error:
            raise requests.ConnectionError(f"{self._path}: {error}", request=request) from error
        finally:
            connection.close()
        response.status_code, response.reason = answer.status, answer.reason
        response.headers = CaseInsensitiveDict(answer.getheaders())
        response.request, response.url = request, request.url or ""
        return response

    def close(self) -> None:
        """Do nothing: no connection is kept."""
