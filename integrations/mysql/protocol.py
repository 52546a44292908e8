"""A client of the protocol of MySQL and MariaDB: one connection, one statement after the other, within one deadline.

https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html

It is our own because PyMySQL knows a time for each read only, takes an answer of any size, and needs a library in C
for the logins that MySQL has by default.
"""

import struct
from typing import NamedTuple

from exporter.base.byte_stream import ByteStream
from exporter.base.check import DeniedError, Login, Server
from integrations.mysql.authentication import SHA2, prove
from integrations.mysql.rsa import encrypt_password

BYTES_MAX = 8 << 20  # of all answers: a server has some thousand variables
PACKET_BYTES_MAX = 1 << 20
COLUMNS_MAX = 1_000
# LONG_PASSWORD, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH. Not LOCAL_FILES: nobody reads ours.
CAPABILITIES = 0x1 | 0x200 | 0x2000 | 0x8000 | 0x80000
UTF8 = 45
QUERY, QUIT = b"\x03", b"\x01"
DENIED = {1044, 1045, 1049, 1130, 1142, 1227, 1251, 1524, 1698, 1820, 1862, 3118, 4151}
NOT_NOW = {1040, 1053, 1129, 1203, 1226}
OK, MORE, NULL, SWITCH, ERROR = 0x00, 0x01, 0xFB, 0xFE, 0xFF
FAST_DONE, FULL = b"\x03", b"\x04"
ASK_KEY = b"\x02"


class StatementError(Exception):
    """The server refused a statement; `code` is its number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


class Answer(NamedTuple):
    """The rows of a statement, as text; None is NULL."""

    columns: tuple[str, ...]
    rows: list[list[bytes | None]]


class Connection(ByteStream):
    """A connection that has logged in."""

    bytes_max = BYTES_MAX

    def __init__(self, server: Server, login: Login, timeout_seconds: float) -> None:
        """Log in; raise DeniedError, OSError, ValueError. All calls together may take the timeout."""
        super().__init__(server.host, server.port, timeout_seconds)
        self._number = 0
        self.version = ""
        try:
            self._open(login)
        except StatementError as error:
            self._socket.close()
            raise _refusal(error) from None
        except (IndexError, struct.error) as error:
            self._socket.close()
            raise ValueError("expected a greeting of MySQL, got a shorter one") from error
        except BaseException:
            self._socket.close()
            raise

    def ask(self, statement: str) -> Answer:
        """Return the answer of a statement; raise StatementError, OSError, ValueError."""
        self._number = 0
        self._send(QUERY + statement.encode())
        first = self._packet()
        if first[:1] == bytes([OK]):
            return Answer((), [])
        count, _ = _length(first, 0)
        if first[:1] == bytes([NULL]) or not 0 < count <= COLUMNS_MAX:
            raise ValueError(f"expected rows of MySQL, got {first[:40]!r}")
        columns = tuple(_column_name(self._packet()) for _ in range(count))
        rows: list[list[bytes | None]] = []
        self._packet()  # the end of the columns
        while not _is_end(packet := self._packet()):
            rows.append(_row(packet, count))
        return Answer(columns, rows)

    def leave(self) -> None:
        """Say goodbye, so that the server counts no aborted client."""
        self._number = 0
        self._send(QUIT)

    def _open(self, login: Login) -> None:
        greeting = self._packet()
        if greeting[:1] != b"\x0a":
            raise ValueError(f"expected a greeting of MySQL, got {greeting[:40]!r}")
        end = greeting.index(b"\0")
        self.version = greeting[1:end].decode("utf-8", "replace")
        at = end + 5
        rest = at + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10
        tail = greeting[rest + 13 :].rstrip(b"\0").decode("utf-8", "replace")
        scramble = greeting[at : at + 8] + greeting[rest : rest + 12]
        self._send(_response(login, tail, prove(_known(tail), login.password, scramble)))
        self._finish(login, _known(tail), scramble)

    def _finish(self, login: Login, plugin: str, scramble: bytes) -> None:
        """Answer what the server wants until it lets us in."""
        while (packet := self._packet())[:1] != bytes([OK]):
            if packet[0] == SWITCH:
                name, _, scramble = packet[1:].partition(b"\0")
                plugin = name.decode("utf-8", "replace")
                self._send(prove(plugin, login.password, scramble))
            elif packet[0] == MORE and plugin == SHA2 and packet[1:] == FULL:
                self._send(ASK_KEY)
                self._send(encrypt_password(login.password, scramble, self._packet()[1:]))
            elif packet[0] != MORE or packet[1:] != FAST_DONE:
                raise ValueError(f"expected an end of the login, got {packet[:40]!r}")

    def _packet(self) -> bytes:
        self._fill(4)
        head = self._buffer[self._at : self._at + 4]
        length, self._number = int.from_bytes(head[:3], "little"), (head[3] + 1) % 256
        if not 0 < length <= PACKET_BYTES_MAX:
            raise ValueError(f"expected a packet of MySQL, got {bytes(head)!r}")
        self._fill(length + 4)
        start = self._at + 4
        self._at = start + length
        packet = bytes(self._buffer[start : self._at])
        if packet[0] == ERROR:
            raise _error(packet)
        return packet

    def _send(self, data: bytes) -> None:
        super()._send(len(data).to_bytes(3, "little") + bytes([self._number]) + data)


def _known(plugin: str) -> str:
    """Return the way to log in to begin with; a server that wants another one for the user says so then."""
    return plugin if plugin == SHA2 else "mysql_native_password"


def _response(login: Login, plugin: str, proof: bytes) -> bytes:
    database = login.database.encode() + b"\0" if login.database else b""
    capabilities = CAPABILITIES | (0x8 if database else 0)
    head = struct.pack("<IIB23x", capabilities, PACKET_BYTES_MAX, UTF8)
    name = login.user.encode() + b"\0" + bytes([len(proof)]) + proof
    return head + name + database + _known(plugin).encode() + b"\0"


def _error(packet: bytes) -> StatementError:
    text = packet[3:].decode("utf-8", "replace")
    message = text[6:] if text.startswith("#") else text
    return StatementError(int.from_bytes(packet[1:3], "little"), message[:200])


def _refusal(error: StatementError) -> Exception:
    """Return what a refused connection means."""
    if error.code in DENIED:
        return DeniedError(str(error))
    return ConnectionRefusedError(str(error)) if error.code in NOT_NOW else ValueError(str(error))


def _is_end(packet: bytes) -> bool:
    return packet[0] == SWITCH and len(packet) < 9


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Return a length, and where it ends: one byte, or 2, 3, 8 behind it."""
    first = data[at]
    if first < NULL:
        return first, at + 1
    count = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first, 0)
    return int.from_bytes(data[at + 1 : at + 1 + count], "little"), at + 1 + count


def _column_name(packet: bytes) -> str:
    """Return the fifth text of a column's description: catalogue, schema, table, table before AS, name."""
    at = 0
    for _ in range(5):
        length, start = _length(packet, at)
        at = start + length
    return packet[start:at].decode("utf-8", "replace")


def _row(packet: bytes, count: int) -> list[bytes | None]:
    values: list[bytes | None] = []
    at = 0
    for _ in range(count):
        if packet[at] == NULL:
            values.append(None)
            at += 1
        else:
            length, start = _length(packet, at)
            at = start + length
            values.append(packet[start:at])
    return values
