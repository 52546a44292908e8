"""The check of Apache httpd: its page `server-status?auto`, under the names of apache_exporter.

https://httpd.apache.org/docs/2.4/mod/mod_status.html
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from exporter.base.check import Login, Server
from exporter.base.status_page import StatusPage
from exporter.exposition.text import Sample, render
from exporter.parsing.items import item, skip
from integrations.apache.families import (
    BALANCER_NUMBERS,
    BALANCER_STATUS,
    CPU_KEYS,
    CPU_LOAD,
    CPU_TIME,
    INFO,
    NUMBERS,
    SCOREBOARD,
    SLOTS,
    UP,
    VERSION,
)

NUMBER = re.compile(r"-?(?:[0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:e[+-]?[0-9]{1,2})?")
VERSION_TEXT = re.compile(r"Apache/(\d{1,4})\.(\d{1,4})\.(\d{1,4})\b.*")
BALANCER_KEY = re.compile(r"ProxyBalancer\[\d+\](Name|Worker\[\d+\](\w+))")
Pair = tuple[str, str]


class Check:
    """Asks one server."""

    denied_retry_seconds: ClassVar[float] = 30.0

    def __init__(self) -> None:
        self._status = StatusPage()

    def page_when_down(self) -> bytes:
        """Return `apache_up 0`."""
        return render([Sample(UP, 0)])

    def read(self, server: Server, login: Login, timeout_seconds: float) -> bytes:
        """Return the page; raises as `exporter.base.check.Check` says."""
        text = self._status.read(server, login, timeout_seconds).decode("utf-8", "replace")
        pairs = [(key, value.strip()) for key, _, value in (line.partition(":") for line in text.splitlines())]
        texts = dict(pairs)
        if "Scoreboard" not in texts:
            raise ValueError(f"GET {server.path}: expected the page of mod_status with ?auto, got {text[:80]!r}")
        return render([Sample(UP, 1), *_of_the_server(texts), *_of_balancers(pairs)])


def _of_the_server(texts: Mapping[str, str]) -> Iterator[Sample]:
    version = texts.get("ServerVersion", "UNKNOWN")
    yield Sample(INFO, 1, (version, texts.get("ServerMPM", "UNKNOWN")))
    if match := VERSION_TEXT.fullmatch(version):
        yield Sample(VERSION, float(f"{match[1]}.{match[2]:0>2}{match[3]:0>3}"))
    for key, (family, labels) in NUMBERS.items():
        if key in texts:
            with item(key):
                yield Sample(family, _number(texts[key]), labels)
        elif family is CPU_LOAD:
            yield Sample(CPU_LOAD, 0)  # a server that has just started has none
    for kind, keys in CPU_KEYS.items():
        if any(key in texts for key in keys):
            with item(f"CPU {kind}"):
                yield Sample(CPU_TIME, 1000 * sum(_number(texts.get(key, "0")) for key in keys), (kind,))
    slots = Counter(texts["Scoreboard"])
    for letter in {**SLOTS, **slots}:
        if letter in SLOTS:
            yield Sample(SCOREBOARD, slots[letter], (SLOTS[letter],))
        else:
            skip("Scoreboard", f"expected a worker's state, got {letter!r}")


def _of_balancers(pairs: Sequence[Pair]) -> Iterator[Sample]:
    """Yield the numbers of balancers' workers: each line belongs to the names before it."""
    balancer = worker = "UNKNOWN"
    for key, value in pairs:
        match = BALANCER_KEY.fullmatch(key)
        if match is None:
            continue
        if match[1] == "Name":
            balancer = value
        elif match[2] == "Name":
            worker = value
        elif match[2] == "Status":
            yield Sample(BALANCER_STATUS, 1, (balancer, worker, value))
        elif match[2] in BALANCER_NUMBERS:
            with item(key):
                yield Sample(BALANCER_NUMBERS[match[2]], _number(value.rstrip("kK")), (balancer, worker))


def _number(text: str) -> float:
    """Return a number, of which httpd leaves out zeros beside the point (`.5`, `0.e+79`); raise ValueError."""
    if not NUMBER.fullmatch(text):
        raise ValueError(f"expected a number, got {text[:80]!r}")
    return int(text) if text.isdecimal() else float(text)
