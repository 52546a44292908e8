"""The ways to log in that keep the password to themselves: SCRAM-SHA-256 and MD5, or none.

https://www.postgresql.org/docs/current/sasl-authentication.html
"""

import base64
import hashlib
import hmac
import os
import struct
import unicodedata

from exporter.base.check import DeniedError, Login

OK, CLEAR, MD5, SASL, SASL_CONTINUE, SASL_FINAL = 0, 3, 5, 10, 11, 12
MECHANISM = b"SCRAM-SHA-256"
ROUNDS_MAX = 200_000  # a tenth of a second; PostgreSQL does 4,096 by default
HEADER = b"n,,"


class Authentication:
    """The login of one connection; `keys` keeps what is costly to make of a password from one to the next."""

    def __init__(self, keys: dict[tuple[str, bytes, int], bytes]) -> None:
        self._keys = keys
        self._nonce = base64.b64encode(os.urandom(18))
        self._signature = b""
        self._is_proven = True
        self.is_done = False

    def reply(self, body: bytes, login: Login) -> bytes:
        """Return what the server's demand is answered with, empty where it wants nothing; raise DeniedError."""
        if len(body) < 4:
            raise ValueError(f"expected a demand of PostgreSQL, got {body!r}")
        (kind,), rest = struct.unpack("!i", body[:4]), body[4:]
        if kind == OK:
            if not self._is_proven:
                raise DeniedError("the server did not prove that it knows the password")
            self.is_done = True
            return b""
        if kind == CLEAR:
            raise DeniedError("the server wants the password in clear: expected scram-sha-256 in pg_hba.conf")
        if kind in {MD5, SASL} and not login.password:
            raise DeniedError("the server wants a password")
        if kind == MD5:
            inner = hashlib.md5(login.password.encode() + login.user.encode(), usedforsecurity=False).hexdigest()
            return b"md5" + hashlib.md5(inner.encode() + rest[:4], usedforsecurity=False).hexdigest().encode() + b"\0"
        if kind == SASL and MECHANISM in rest.split(b"\0"):
            self._is_proven = False
            first = HEADER + b"n=,r=" + self._nonce
            return MECHANISM + b"\0" + struct.pack("!i", len(first)) + first
        if kind == SASL_CONTINUE:
            return self._prove(rest, login.password)
        if kind == SASL_FINAL:
            self._is_proven = hmac.compare_digest(rest, b"v=" + base64.b64encode(self._signature))
            return b""
        raise DeniedError(f"the server wants a way to log in that is not known here ({kind})")

    def _prove(self, challenge: bytes, password: str) -> bytes:
        fields = dict(part.partition(b"=")[::2] for part in challenge.split(b","))
        nonce, salt = fields.get(b"r", b""), base64.b64decode(fields.get(b"s", b""))
        rounds = int(fields.get(b"i", b"0"))
        if not nonce.startswith(self._nonce) or not 0 < rounds <= ROUNDS_MAX:
            raise ValueError(f"expected a challenge of SCRAM of at most {ROUNDS_MAX} rounds, got another")
        salted = self._salted(password, salt, rounds)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        stored_key = hashlib.sha256(client_key).digest()
        last = b"c=" + base64.b64encode(HEADER) + b",r=" + nonce
        message = b",".join((b"n=,r=" + self._nonce, challenge, last))
        signature = hmac.digest(stored_key, message, "sha256")
        proof = bytes(left ^ right for left, right in zip(client_key, signature, strict=True))
        self._signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
        return last + b",p=" + base64.b64encode(proof)

    def _salted(self, password: str, salt: bytes, rounds: int) -> bytes:
        key = password, salt, rounds
        if key not in self._keys:
            self._keys.clear()
            text = unicodedata.normalize("NFKC", password).encode()
            self._keys[key] = hashlib.pbkdf2_hmac("sha256", text, salt, rounds)
        return self._keys[key]
