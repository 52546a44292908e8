"""The ways to log in that keep the password to themselves: mysql_native_password and caching_sha2_password.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods.html
"""

import hashlib

from exporter.base.check import DeniedError

NATIVE, SHA2 = "mysql_native_password", "caching_sha2_password"
SCRAMBLE_BYTES = 20


def prove(plugin: str, password: str, scramble: bytes) -> bytes:
    """Return what proves the password to the server without telling it; raise DeniedError for a way not known here."""
    if not password:
        return b""
    scramble = scramble[:SCRAMBLE_BYTES]
    if plugin == NATIVE:
        once = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
        twice = hashlib.sha1(once, usedforsecurity=False).digest()
        return xor(once, hashlib.sha1(scramble + twice, usedforsecurity=False).digest())
    if plugin == SHA2:
        once = hashlib.sha256(password.encode()).digest()
        twice = hashlib.sha256(once).digest()
        return xor(once, hashlib.sha256(twice + scramble).digest())
    raise DeniedError(f"the server wants {plugin[:40]!r}: expected a user with {NATIVE} or {SHA2}")


def xor(first: bytes, second: bytes) -> bytes:
    """Return the bytes of both, each pair by exclusive or."""
    return bytes(left ^ right for left, right in zip(first, second, strict=True))
