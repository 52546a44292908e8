"""What a page says of sources that do not answer."""

from vigie.console.data.cache import Reading
from vigie.console.web.page_context import source_errors


def test_what_is_old_or_missing_is_said_once():
    readings = {
        "a": Reading([], 90.0, "Prometheus does not answer"),
        "b": Reading([], 80.0, "Prometheus does not answer"),
        "c": Reading(None, 0.0, "discovery does not answer"),
        "d": Reading([], 99.0),
    }
    assert source_errors(readings, 100.0) == [
        "Prometheus does not answer. Its last answer is shown, 20 s old.",
        "discovery does not answer. Its data is missing here.",
    ]
