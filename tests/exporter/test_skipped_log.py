import pytest
from structlog.testing import capture_logs

from exporter.parsing.items import Skipped
from exporter.skipped_log import REMEMBERED_PLACES, SkippedLog


@pytest.fixture
def tell():
    journal = SkippedLog()

    def tell(**reasons):
        skipped = Skipped()
        for place, reason in reasons.items():
            skipped.add(place, reason)
        with capture_logs() as logged:
            journal.tell("mdadm", skipped)
        return [(entry["place"], entry["reason"]) for entry in logged]

    return tell


def test_each_item_is_told_once_and_again_when_it_changes(tell):
    assert tell(md0="got 5") == [("md0", "got 5")]
    assert tell(md0="got 6") == []  # a counter that goes on is nothing new
    assert tell(md0="got 6", md1="got x") == [("md1", "got x")]
    assert tell(md0="no such file") == [("md0", "no such file")]
    assert tell(md1="got x") == []


def test_what_is_remembered_is_bounded(tell):
    for number in range(3 * REMEMBERED_PLACES):
        tell(**{f"md{number}": "got x"})
    assert tell(md0="got x") == [("md0", "got x")]
