"""Numbers as people read them."""

import pytest

from vigie.console.web import units


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.421, "share", "42 %"),
        (0.004, "share", "0.4 %"),
        (0, "share", "0 %"),
        (1536, "bytes", "1.5 KiB"),
        (1023.99 * 2**20, "bytes", "1 GiB"),
        (15_300, "bits", "15.3 kb/s"),
        (1_000_000, "count", "1 M"),
        (93_784, "seconds", "1 d 2 h"),
        (3600, "seconds", "1 h"),
        (0.0042, "seconds", "4 ms"),
        (-90, "seconds", "-1 m 30 s"),
        (1.25, "plain", "1.25"),
        (None, "share", "-"),
        (float("nan"), "bytes", "-"),
    ],
)
def test_values_have_few_digits_and_a_unit(value, unit, text):
    assert units.show(value, unit) == text


def test_times_are_told_in_utc_and_as_an_age(monkeypatch):
    monkeypatch.setattr(units.time, "time", lambda: 1000.0)
    assert units.moment(0) == "1970-01-01 00:00:00"
    assert units.ago(910) == "1 m 30 s"
    assert units.ago(1090) == "in 1 m 30 s"
