"""How a collector's options become flags."""

from typing import Annotated

import msgspec

from exporter.base.collector import Collector, Options
from exporter.collector_settings import settings_type
from vigie.core.settings import fields


class SampleOptions(Options, frozen=True, kw_only=True):
    ignored_things: Annotated[str, msgspec.Meta(description="Things to leave out.")] = "^$"
    odd: Annotated[str, msgspec.Meta(description="An odd one.", extra={"flag": "--collector.x.odd"})] = ""
    plain: bool = False


class SampleCollector(Collector):
    options_type = SampleOptions


def test_an_option_is_named_after_its_collector_unless_it_says_otherwise():
    flags = {
        field.name: (field.flag, field.key, field.help) for field in fields(settings_type({"it": SampleCollector}))
    }
    assert flags["collector_it_ignored_things"] == (
        "--collector.it.ignored-things",
        "collector.it.ignored-things",
        "Things to leave out.",
    )
    assert flags["collector_it_odd"] == ("--collector.x.odd", "collector.x.odd", "An odd one.")
    assert flags["collector_it_plain"][0] == "--collector.it.plain"
