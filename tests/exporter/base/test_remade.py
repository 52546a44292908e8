"""What a collector's constructor raises never ends the program."""

import re

import pytest

from exporter.base.collector import Collector, LastCollector
from exporter.base.remade import make_or_stand_in
from exporter.base.roots import Roots
from exporter.base.supplies import Supplies
from exporter.runner import Runner
from vigie.core.errors import UsageProblemError


class Fragile(Collector):
    """Can't be made as long as `is_broken`."""

    is_broken = True

    def __init__(self) -> None:
        super().__init__(Roots())
        if self.is_broken:
            raise AttributeError("(null)")

    def page(self):
        return b"fragile 1\n"


class FragileLast(Fragile, LastCollector):
    def page_after(self, rest):
        return rest() + b"last 1\n"


@pytest.mark.parametrize(("kind", "line"), [(Fragile, b"fragile 1\n"), (FragileLast, b"last 1\n")])
def test_a_constructor_that_raises_costs_its_collector_and_is_tried_again(kind, line, monkeypatch):
    runner = Runner(Supplies(), {"a": make_or_stand_in(kind, is_last=issubclass(kind, LastCollector))})
    page = runner.scrape(["a"], 5)
    assert b'node_scrape_collector_success{collector="a"} 0' in page
    assert b'vigie_collector_state{collector="a",state="error"} 1' in page
    monkeypatch.setattr(Fragile, "is_broken", False)
    page = runner.scrape(["a"], 5)
    assert line in page
    assert b'node_scrape_collector_success{collector="a"} 1' in page
    runner.close()


@pytest.mark.parametrize("error", [UsageProblemError("wrong"), re.error("no expression")])
def test_a_wrong_setting_still_ends_the_start(error):
    def make():
        raise error

    with pytest.raises(type(error)):
        make_or_stand_in(make, is_last=False)
