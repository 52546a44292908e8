"""Durations as people write them."""

import pytest

from vigie.core.settings import parse_duration_seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("500ms", 0.5), ("2", 2), ("1.5h", 5400), ("1w", 604800)]
)
def test_durations(text, seconds):
    assert parse_duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "10 m", "10x", "m10"])
def test_no_durations(text):
    with pytest.raises(ValueError, match="could not convert"):
        parse_duration_seconds(text)
