"""A client of memcached's text protocol, as far as `stats` and the login go.

https://github.com/memcached/memcached/blob/master/doc/protocol.txt
"""

from collections.abc import Mapping, Sequence

from exporter.base.byte_stream import ByteStream
from exporter.base.check import DeniedError, Login

DENIED = (b"CLIENT_ERROR unauthenticated", b"CLIENT_ERROR authentication failure")

Stats = Mapping[str, bytes]


class Connection(ByteStream):
    """A connection to a memcached."""

    def log_in(self, login: Login) -> None:
        """Log in as `-Y` wants it: by `set` of any key; raise DeniedError."""
        words = f"{login.user} {login.password}".encode()
        # Expired at once: a server without -Y would else keep the password as an item that anybody may read.
        self.send(b"set vigie 0 -1 %d\r\n%b\r\n" % (len(words), words))
        answer = self.line()
        if answer != b"STORED":
            raise _refusal("the login", answer)

    def stats(self, groups: Sequence[str]) -> list[Stats]:
        """Return the numbers of each group (`""`, `slabs` …) by name; all are asked in one go."""
        self.send(b"".join(f"stats {group}".rstrip().encode() + b"\r\n" for group in groups))
        return [self._group(group) for group in groups]

    def _group(self, group: str) -> Stats:
        numbers = {}
        while (line := self.line()) != b"END":
            word, name, value = [*line.split(b" ", 2), b"", b""][:3]
            if word != b"STAT":
                raise _refusal(f"stats {group}".rstrip(), line)
            numbers[name.decode("utf-8", "replace")] = value
        return numbers


def _refusal(what: str, line: bytes) -> Exception:
    """Return the error for a line that is not the answer to `what`."""
    if line.startswith(DENIED):
        return DeniedError(line.decode("utf-8", "replace")[:200])
    return ValueError(f"{what}: expected an answer of memcached, got {line[:80]!r}")
