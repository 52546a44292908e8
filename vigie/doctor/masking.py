"""Masks secrets in text that leaves the machine: the secrets of the settings, and what looks like one."""

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

MASK = "(masked)"
SHORTEST = 4  # a shorter secret would take harmless words out of every text
WORDS = (
    r"pass(?:word|wd|phrase)|secret|token|api[_-]?key|credentials?|authorization|bearer|private[_-]?key|"
    r"routing[_-]?key|service[_-]?key|cookie|gossip|encrypt"
)
# A key in JSON, YAML, logfmt, a URL's query or Go's printed structs, and its value. Names of files are no secrets.
KEYED = re.compile(
    rf"""(?ix) (?P<key> (?<![\w.-]) [\w.-]* (?:{WORDS}) (?:(?!_file)[\w.-])* (?!_file) \\?["']? \s* [:=] \s* )
    (?P<value> \\"(?:(?!\\").)*\\" | "(?:[^"\\]|\\.)*" | '(?:[^']|'')*' | [^\s,;&"'{{}}\[\]\\]+ )"""
)
SECRET_KEY = re.compile(rf"(?i)(?:{WORDS})(?!.*_file)")
CONFIGURATIONS = frozenset(("yaml", "original"))  # members that hold a whole file
USER_INFO = re.compile(r"(?<=://)[^/\s\"'@<>]+@")
SCHEMES = re.compile(r"(?i)\b(Basic|Bearer)\s+[A-Za-z0-9._~+/=-]{4,}")
TOKENS = re.compile(r"\b(?:gl(?:sa|c)_|xox[a-z]-|ghp_|sk-|AKIA)[A-Za-z0-9_-]{6,}|\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}")
PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
UUID = re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b")
# The path of a chat's webhook is often the secret.
CALLED = re.compile(r"""(?i)(\b(?:\w*url|webhook\w*)\\?["']?\s*[:=]\s*\\?["']?)(https?://[^\s"'\\]+)""")


class Masking:
    """Replaces secrets; within one bundle the same text always gives the same result."""

    def __init__(self, secrets: Iterable[str], salt: bytes) -> None:
        """Take the known secrets, which are looked for in every usual encoding, and random bytes."""
        self._salt = salt
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in encodings(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """Return the text without secrets. A UUID, which may be one, becomes a short hash of it."""
        if self._known:
            text = self._known.sub(MASK, text)
        text = PEM.sub(MASK, text)
        text = USER_INFO.sub(f"{MASK}@", text)
        text = CALLED.sub(lambda match: match[1] + _without_path(match[2]), text)
        text = SCHEMES.sub(rf"\1 {MASK}", text)
        text = KEYED.sub(_masked_value, text)
        text = TOKENS.sub(MASK, text)
        return UUID.sub(lambda match: "uuid-" + self._mark(match[0]), text)

    def document(self, value: Any, *, is_secret: bool = False) -> Any:
        """Return a document whose members with a secret's name are masked, lists and mappings below them included.

        A whole configuration in one text, as Prometheus and Alertmanager show theirs, becomes a document of its own.
        """
        if isinstance(value, dict):
            return {
                key: self.document(
                    self._unpack(str(key), member), is_secret=is_secret or bool(SECRET_KEY.search(str(key)))
                )
                for key, member in value.items()
            }
        if isinstance(value, list):
            return [self.document(member, is_secret=is_secret) for member in value]
        return MASK if is_secret and isinstance(value, str | int) and not isinstance(value, bool) else value

    def _unpack(self, key: str, value: Any) -> Any:
        if key not in CONFIGURATIONS or not isinstance(value, str):
            return value
        try:
            return yaml.safe_load(value)
        except yaml.YAMLError:
            return MASK

    def _mark(self, value: str) -> str:
        return hashlib.blake2b(value.lower().encode(), key=self._salt, digest_size=5).hexdigest()


def encodings(secret: str) -> set[str]:
    """Return a secret in its usual encodings: plain, quoted for URLs and for JSON, and in base64."""
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, quote(secret, safe=""), secret.replace("\\", "\\\\").replace('"', '\\"'), encoded}


def _masked_value(match: re.Match[str]) -> str:
    """Return the key with a masked value, in the value's own quotes, so that JSON stays JSON."""
    value = match["value"]
    for sign in ('\\"', '"', "'"):
        if value.startswith(sign):
            return f"{match['key']}{sign}{MASK}{sign}"
    return match["key"] + (value if value in {"true", "false", "null"} else MASK)


def _without_path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" + (f"/{MASK}" if parts.path.strip("/") or parts.query else "/")
