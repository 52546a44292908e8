"""Checks basic authentication against bcrypt hashes, in a time that does not depend on which users there are."""

import binascii
import hmac
import secrets
import threading
from collections.abc import Mapping

REMEMBERED_FAILURES = 100
BCRYPT_BYTES = 72  # bcrypt looks at no more; newer libraries refuse longer passwords instead of cutting them
WAITING = 4


class BusyError(Exception):
    """Too many passwords are being checked for this one to be."""


class Users:
    """The users of one version of the file, with the results of earlier password checks.

    A bcrypt takes some 70 ms by design, so each result is kept, under a keyed hash of user and password: one success of
    each user, and a bounded number of failures, which can't displace the successes. One bcrypt runs at a time and few
    wait, so that guessing neither loads the machine nor delays users whose password has been verified.
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        """Take user names and their bcrypt hashes, at least one."""
        import bcrypt  # noqa: PLC0415 - only a process with users pays for it

        self._verify = bcrypt.checkpw
        self._hashes = {user.encode(): hashed.encode() for user, hashed in hashes.items()}
        # What an unknown user's password is compared with: the costliest, `$2y$10$…`; the outcome does not count.
        self._decoy = max(self._hashes.values(), key=lambda hashed: hashed.split(b"$")[2])
        self._key = secrets.token_bytes(32)
        self._passed: dict[bytes, bytes] = {}
        self._failed: dict[bytes, None] = {}
        self._places = threading.BoundedSemaphore(1 + WAITING)
        self._lock = threading.Lock()

    def knows(self, authorization: str) -> bool:
        """Return whether an Authorization header names a user with his password; raise BusyError."""
        credentials = parse_basic(authorization)
        if credentials is None:
            return False
        user, password = credentials
        digest = hmac.digest(self._key, b"%d:%b%b" % (len(user), user, password), "sha256")
        if hmac.compare_digest(self._passed.get(user, b""), digest):
            return True
        if digest in self._failed:
            return False
        return self._verify_and_remember(user, password, digest)

    def _verify_and_remember(self, user: bytes, password: bytes, digest: bytes) -> bool:
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            with self._lock:
                is_right = self._compare(self._hashes.get(user, self._decoy), password) and user in self._hashes
                self._remember(user, digest, is_right=is_right)
        finally:
            self._places.release()
        return is_right

    def _compare(self, hashed: bytes, password: bytes) -> bool:
        try:
            return self._verify(password[:BCRYPT_BYTES], hashed)
        except ValueError:  # a byte that this library does not take
            return False

    def _remember(self, user: bytes, digest: bytes, *, is_right: bool) -> None:
        if is_right:
            self._passed[user] = digest
            return
        if len(self._failed) >= REMEMBERED_FAILURES:
            del self._failed[next(iter(self._failed))]
        self._failed[digest] = None


def parse_basic(authorization: str) -> tuple[bytes, bytes] | None:
    """Return (user, password) of a header `Basic …` (RFC 7617), None for any other."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = binascii.a2b_base64(encoded.strip(), strict_mode=True).partition(b":")
    except ValueError:
        return None
    return (user, password) if colon else None
