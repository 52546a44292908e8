import pytest

from exporter.base.calls import Clock
from exporter.base.collector import Collector
from exporter.base.roots import Roots
from exporter.base.supplies import Supplies
from exporter.docker.inventory import Inventory


class Timed(Collector):
    def __init__(self, roots: Roots, clock: Clock, inventory: Inventory | None, options: object = None) -> None:
        super().__init__(roots, options)
        self.clock = clock
        self.inventory = inventory


class Greedy(Collector):
    def __init__(self, roots: Roots, weather: bytes, options: object = None) -> None:
        super().__init__(roots, options)
        self.weather = weather


def test_a_collector_gets_what_its_constructor_names(tmp_path):
    clock = Clock(lambda: 7.0)
    collector = Supplies(Roots(proc=tmp_path), clock).make(Timed)
    assert collector.roots.proc == tmp_path
    assert collector.clock is clock
    assert collector.inventory is None


def test_what_nobody_supplies_is_named_with_what_there_is():
    with pytest.raises(TypeError, match=r"test_supplies: nobody supplies .*bytes.*; expected one of Clock, DBusCalls"):
        Supplies().make(Greedy)
