"""Reads an exporter's page, and what of it the steps need."""

import math
import re
import time
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from exporter.exposition.text_format import TextProblemError, parse
from vigie.core.http.client import HttpClient, patient_for
from vigie.core.http.fetch_failure import FetchError
from vigie.core.settings import Credentials
from vigie.doctor.findings.facts import Page

WANTED = re.compile(
    r"^(node_time_seconds|vigie_(?:registration_state|registration_errors_total|autodiscovery_refused|"
    r"autodiscovery_endpoints)\{.*\}) (\S+)$",
    re.MULTILINE,
)
TIMESTAMPED = re.compile(r"^([a-zA-Z_:][\w:]*(?:\{.*\})?[ \t]+[^\s{}\"]+)[ \t]+-?\d+$", re.MULTILINE)
PLAIN_TYPE = {"Accept": "text/plain;version=0.0.4"}


class ParsedPage(NamedTuple):
    """What a page holds: its families, why it is not valid ("" when it is), and the samples that the steps need."""

    families: frozenset[str] = frozenset()
    problem: str = ""
    samples: tuple[tuple[str, float], ...] = ()


def read(url: str, timeout_seconds: float, credentials: Credentials) -> Page:
    """Return the page at `url`, or why it can't be had.

    The address comes from a registration, which anybody's host can make. So a login is sent only over TLS, to who
    shows an accepted certificate.
    """
    parts = urlsplit(url)
    if parts.scheme != "https":
        credentials = msgspec.structs.replace(credentials, user=None, password_file=None, token_file=None)
    began = time.monotonic()
    try:
        with HttpClient(credentials, patient_for(timeout_seconds), [f"{parts.scheme}://{parts.netloc}"]) as server:
            text = server.get(parts.path, PLAIN_TYPE)
    except FetchError as error:
        return Page(url, error.failure, time.monotonic() - began, time.time())
    return Page(url, text, time.monotonic() - began, time.time())


def parse_page(page: bytes) -> ParsedPage:
    """Return what a page holds; text format 0.0.4."""
    text = page.decode("utf-8", "replace")
    try:
        # Timestamps are allowed on a page, other than in the text files that this parser is made for.
        families = frozenset(family.name for family in parse(TIMESTAMPED.sub(r"\1", text).encode()).families)
    except TextProblemError as error:
        return ParsedPage(problem=str(error))
    return ParsedPage(families, "", tuple(_samples(WANTED.findall(text))))


def _samples(samples: Iterable[tuple[str, str]]) -> Iterable[tuple[str, float]]:
    for name, text in samples:
        try:
            value = float(text)
        except ValueError:
            continue
        if math.isfinite(value):
            yield name, value
