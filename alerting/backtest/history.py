"""Asks a Prometheus what a query was, in pieces that it can answer."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from alerting.backtest.rules import read_default_interval_ms
from vigie.core.http.client import HttpClient
from vigie.core.http.fetch_failure import FetchError, FetchFailure

MOST_STEPS = 2_000  # of one question; Prometheus answers at most 11,000 for each series
FEWEST_STEPS = 8
LOOKS = 500  # how closely the beginning of a series is looked for
DEFAULT_INTERVAL_MS = 60_000  # Prometheus's own
TOO_MUCH = frozenset({422, 503})  # too many samples at once; it took too long


class Window(NamedTuple):
    """From the first evaluation to the last, and how far apart they are."""

    start_ms: int
    end_ms: int
    step_ms: int

    @property
    def steps(self) -> int:
        """How many evaluations it has."""
        return max(0, (self.end_ms - self.start_ms) // self.step_ms + 1)


class Piece(NamedTuple):
    """A part of a window, and the times at which each series of the answer was there."""

    window: Window
    series: list[tuple[Mapping[str, str], list[int]]]


class _Series(msgspec.Struct, frozen=True):
    metric: dict[str, str]
    values: list[tuple[float, Any]] = []
    histograms: list[tuple[float, Any]] = []


class _Data(msgspec.Struct, frozen=True):
    result: list[_Series]


class _Answer(msgspec.Struct, frozen=True):
    data: _Data


_DECODER = msgspec.json.Decoder(_Answer)


class History:
    """The history of one Prometheus; each method raises FetchError."""

    def __init__(self, server: HttpClient) -> None:
        """Take the client."""
        self.server = server

    def read_interval_ms(self) -> int:
        """Return how far apart evaluations are where a group does not say; a store of others does not tell."""
        try:
            answer = self.server.get_json("/api/v1/status/config")
            return read_default_interval_ms(answer["data"]["yaml"])
        except FetchError as error:
            if error.failure.kind != "missing":
                raise
            return DEFAULT_INTERVAL_MS
        except (KeyError, TypeError, ValueError) as error:
            raise self.server.unexpected(f"/api/v1/status/config: {error}") from error

    def find_beginning_ms(self, metric: str, window: Window) -> int | None:
        """Return when the metric has its first sample in the window, None without any; exact to a part of it."""
        step_ms = max(window.step_ms, -(-(window.end_ms - window.start_ms) // LOOKS))
        for series in self._ask(f"count({metric})", window._replace(step_ms=step_ms)):
            return series[1][0]
        return None

    def read(self, expression: str, window: Window, *, shrinks: bool = True) -> Iterator[Piece]:
        """Yield what the expression was, in order; a question that is too much is asked again for a shorter time.

        Without `shrinks` it raises FetchError at once.
        """
        steps, start_ms = MOST_STEPS, window.start_ms
        while start_ms <= window.end_ms:
            end_ms = min(start_ms + (steps - 1) * window.step_ms, window.end_ms)
            piece = Window(start_ms, end_ms, window.step_ms)
            try:
                series = self._ask(expression, piece)
            except FetchError as error:
                if not shrinks or steps <= FEWEST_STEPS or not _is_too_much(error.failure):
                    raise
                steps = max(FEWEST_STEPS, steps // 4)
                continue
            yield Piece(piece, series)
            start_ms = end_ms + window.step_ms

    def _ask(self, expression: str, window: Window) -> list[tuple[Mapping[str, str], list[int]]]:
        form = {
            "query": expression,
            "start": f"{window.start_ms / 1000:.3f}",
            "end": f"{window.end_ms / 1000:.3f}",
            "step": f"{window.step_ms / 1000:.3f}",
        }
        body = self.server.post_form("/api/v1/query_range", form)
        try:
            result = _DECODER.decode(body).data.result
        except msgspec.DecodeError as error:
            raise self.server.unexpected("/api/v1/query_range: is its address right?") from error
        return [
            (series.metric, sorted(round(at * 1000) for at, _ in (*series.values, *series.histograms)))
            for series in result
        ]


def _is_too_much(failure: FetchFailure) -> bool:
    return failure.kind in {"silent", "size"} or failure.status in TOO_MUCH
