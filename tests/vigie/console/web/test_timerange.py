"""The time range of an address."""

from vigie.console.data.prometheus import Range
from vigie.console.web import timerange


def test_ranges_of_an_address():
    assert timerange.parse({"range": "3h"}, 20_000).parameters == {"range": "3h"}
    assert timerange.parse({"range": "<script>"}, 20_000).name == "1h"
    chosen = timerange.parse({"from": "1000", "to": "4600"}, 20_000)
    assert (chosen.name, chosen.start, chosen.end) == ("", 1000, 4600)
    assert chosen.range == Range(990, 4590, 15)
    for nonsense in ({"from": "5", "to": "1"}, {"from": "nan", "to": "9"}, {"from": "0", "to": "1e300"}):
        assert timerange.parse(nonsense, 20_000).name == "1h"


def test_points_are_few_and_rates_span_them():
    for name in timerange.CHOICES:
        chosen = timerange.parse({"range": name}, 1e9)
        span = chosen.range
        assert 60 <= (span.end - span.start) / span.step <= 620
        assert 0 <= chosen.end - span.end <= 15
        assert float(chosen.window.removesuffix("s")) >= max(120, span.step)
