"""A server's address as it is asked, and as people may see it."""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from vigie.core.errors import UsageProblemError
from vigie.core.http.unix_socket import socket_path


class Address(NamedTuple):
    """A base URL without credentials, how messages name it, and the user and password that stood in it."""

    url: str
    name: str
    user: str = ""
    password: str = ""


def mask_url(url: str) -> str:
    """Return a URL as people may see it: without credentials, query and fragment."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def parse_address(url: str, setting: str, *, allows_socket: bool = False) -> Address:
    """Return the address of `url`; raises UsageProblemError that names `setting` when it is no URL of a server.

    `unix:///run/consul.sock` is one only where a socket is allowed.
    """
    if allows_socket and socket_path(url):
        return Address(f"unix://{socket_path(url)}", socket_path(url))
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that does not end
        is_url = False
    if not is_url:
        more = " or unix:///PATH" if allows_socket else ""
        raise UsageProblemError(f"{setting}: expected a URL like http://HOST:PORT{more}")
    masked = mask_url(url)
    return Address(masked, masked.partition("://")[2], unquote(parts.username or ""), unquote(parts.password or ""))
