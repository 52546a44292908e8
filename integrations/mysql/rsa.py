"""Encrypts a password by the server's public key, as caching_sha2_password wants it once after each start: OAEP.

https://www.rfc-editor.org/rfc/rfc8017#section-7.1
"""

import base64
import hashlib
import os

from integrations.mysql.authentication import SCRAMBLE_BYTES, xor

HASH_BYTES = 20
KEY_BYTES_MIN, KEY_BYTES_MAX = 128, 1024


def encrypt_password(password: str, scramble: bytes, pem: bytes) -> bytes:
    """Return the password for the owner of the key in `pem`; raise ValueError for what is no key."""
    clear = password.encode() + b"\0"
    pad = (scramble[:SCRAMBLE_BYTES] * (len(clear) // SCRAMBLE_BYTES + 1))[: len(clear)]
    modulus, exponent = read_key(pem)
    return encrypt(xor(clear, pad), modulus, exponent)


def read_key(pem: bytes) -> tuple[int, int]:
    """Return modulus and exponent of a public key (SubjectPublicKeyInfo); raise ValueError."""
    lines = [line for line in pem.strip().splitlines() if not line.startswith(b"-----")]
    try:
        _, key = _inner(_inner(base64.b64decode(b"".join(lines), validate=True))[0][1])[1]
        modulus, exponent = (int.from_bytes(value) for _, value in _inner(_inner(key[1:])[0][1])[:2])
    except (IndexError, ValueError) as error:
        raise ValueError("expected a public key of the server, got none") from error
    if not KEY_BYTES_MIN <= _size(modulus) <= KEY_BYTES_MAX or not 1 < exponent < 1 << 32:
        raise ValueError("expected a public key of a usual size, got another")
    return modulus, exponent


def encrypt(message: bytes, modulus: int, exponent: int) -> bytes:
    """Return the message in OAEP with SHA-1, by which the server reads it."""
    size = _size(modulus)
    if len(message) > size - 2 * HASH_BYTES - 2:
        raise ValueError("the password is longer than the server's key can take")
    label = hashlib.sha1(b"", usedforsecurity=False).digest()
    block = label + bytes(size - len(message) - 2 * HASH_BYTES - 2) + b"\1" + message
    seed = os.urandom(HASH_BYTES)
    masked = xor(block, _mask(seed, len(block)))
    masked_seed = xor(seed, _mask(masked, HASH_BYTES))
    return pow(int.from_bytes(masked_seed + masked), exponent, modulus).to_bytes(size)


def _mask(seed: bytes, length: int) -> bytes:
    parts = [
        hashlib.sha1(seed + counter.to_bytes(4), usedforsecurity=False).digest()
        for counter in range(length // HASH_BYTES + 1)
    ]
    return b"".join(parts)[:length]


def _size(modulus: int) -> int:
    return (modulus.bit_length() + 7) // 8


def _inner(data: bytes) -> list[tuple[int, bytes]]:
    """Return tag and content of each element of DER that stands in `data`."""
    elements, at = [], 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[at : at + count])
            at += count
        elements.append((tag, data[at : at + length]))
        at += length
    return elements
