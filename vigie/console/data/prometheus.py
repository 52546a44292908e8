"""Prometheus's answers as values: samples of one moment, series over a time, and PromQL's quoting."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from vigie.core.http.client import HttpClient
from vigie.core.http.fetch_failure import FetchError


class Sample(NamedTuple):
    """A series' labels and its value at one moment."""

    labels: Mapping[str, str]
    value: float


class Series(NamedTuple):
    """A series' labels and its (seconds, value) pairs."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


class Range(NamedTuple):
    """From when to when in seconds since the epoch, and how many seconds apart points are."""

    start: float
    end: float
    step: float


class _Metric(Struct, frozen=True):
    metric: dict[str, str]
    value: tuple[float, str] = (0.0, "0")
    values: list[tuple[float, str]] = []


class _Data(Struct, frozen=True):
    result: list[_Metric]


class _Answer(Struct, frozen=True):
    data: _Data


_DECODER = msgspec.json.Decoder(_Answer)


def query(server: HttpClient, expression: str) -> list[Sample]:
    """Return what an expression is now; raise FetchError."""
    results = _decode(server, server.post_form("/api/v1/query", {"query": expression}))
    return [Sample(result.metric, float(result.value[1])) for result in results]


def query_range(server: HttpClient, expression: str, over: Range) -> list[Series]:
    """Return what an expression was; raise FetchError."""
    form = {"query": expression, "start": f"{over.start:.3f}", "end": f"{over.end:.3f}", "step": f"{over.step:g}"}
    results = _decode(server, server.post_form("/api/v1/query_range", form))
    return [Series(result.metric, tuple((at, float(value)) for at, value in result.values)) for result in results]


def data(server: HttpClient, path: str, parameters: Mapping[str, str] | None = None) -> Any:
    """Return `data` of another answer, such as of `/api/v1/metadata`; raise FetchError."""
    try:
        return server.get_json(path, **(parameters or {}))["data"]
    except (KeyError, TypeError) as error:
        raise _strange(server) from error


def quote(text: str) -> str:
    """Return outside text as a string of PromQL, which can't end where the text wants it to."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def finite(value: float | None) -> float | None:
    """Return the value unless it is no number that can be shown."""
    return None if value is None or not math.isfinite(value) else value


def _decode(server: HttpClient, body: bytes) -> list[_Metric]:
    try:
        return _DECODER.decode(body).data.result
    except msgspec.DecodeError as error:
        raise _strange(server) from error


def _strange(server: HttpClient) -> FetchError:
    return server.unexpected("is its address right?")
