"""Reads a file that holds one token; what is wrong with it is said without any of its content."""

import re
from pathlib import Path

MAX_BYTES = 4096
# What may stand in an HTTP header, without blanks: Consul's tokens, and those of what stands before it.
TOKEN = re.compile(rb"[!-~]*")


class TokenFileError(OSError):
    """The token file can't be read, or holds no token; the message tells nothing of what is in it."""


def read_token(path: Path) -> str:
    """Return the token of a file, "" for an empty one; raise TokenFileError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TokenFileError(f"{path}: can't be read: {error.strerror or type(error).__name__}") from error
    problem = _find_problem(content)
    if problem:
        raise TokenFileError(f"{path}: {problem}; expected one line of printable ASCII, the token and nothing else")
    return content.strip().decode("ascii")


def _find_problem(content: bytes) -> str:
    """Return what is wrong with the content of a token file, "" when nothing is."""
    token = content.strip()
    if len(content) > MAX_BYTES:
        return f"is longer than {MAX_BYTES} bytes"
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return "begins with a byte order mark"
    if len(token.splitlines()) > 1:
        return "has more than one line"
    if not TOKEN.fullmatch(token):
        return "holds a blank, a control character or one that is not ASCII"
    return ""
