"""Hides the secrets that stand in a file's text, so that a plan can be shown anywhere."""

import hashlib
import re

# Settings that hold a secret in the files that we deliver, and in those of others that we replace. Their brothers that
# name a file (`password_file`) end otherwise.
SETTING = (
    r"\w*(?:password|secret|token|token_id|credentials)"
    r"|\w*(?:api|routing|service|user|secret|access|private|integration)_key"
    r"|\w*(?:api_url|webhook_url)|url"
)
VALUE = r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,}\]#][^,}\]\n]*"""
PAIR = re.compile(rf"""(?<![\w-])(["']?(?:{SETTING})["']?\s*:[ \t]+)({VALUE})""")
BLOCK = re.compile(rf"^([ ]*)((?:- )?(?:{SETTING})[ ]*:[ ]+)[|>][-+0-9]*\n((?:\1[ ]+.*\n?)+)", re.MULTILINE)
URL = re.compile(r"""["']?(https?://)(?:[^/@\s"']*@)?([^/\s"']+)(.*)""", re.DOTALL)
LOGIN = re.compile(r"(\w://)[^/@\s\"']+:[^/@\s\"']+@")
HARMLESS = re.compile(r"""["']?(?:\(secret [0-9a-f]+\)|true|false|null|~|\{\{.*|)["']?""")


def mask(text: str) -> str:
    """Return a text with a short mark in place of each secret: the same secret has the same mark, another one another.

    Of a URL its server stays.
    """
    text = BLOCK.sub(lambda match: f"{match[1]}{match[2]}{_mask_value(match[3].strip())}\n", text)
    return LOGIN.sub(r"\1…@", PAIR.sub(lambda match: match[1] + _mask_value(match[2].strip()), text))


def _mask_value(value: str) -> str:
    if HARMLESS.fullmatch(value):
        return value
    mark = f"(secret {hashlib.sha256(value.strip(chr(34) + chr(39)).encode()).hexdigest()[:6]})"
    url = URL.fullmatch(value)
    if url is None:
        return mark
    path = url[3].strip("\"'")
    return value if path in {"", "/"} else f"{url[1]}{url[2]}/{mark}"
