"""Charts: what is filled into their PromQL stays inside its quotes."""

import promql_parser

from vigie.console.data import charts
from vigie.console.data.prometheus import quote

HOSTILE = 'web"} or vector(1) #\n\\'


def test_names_from_outside_stay_inside_their_quotes():
    select = charts.selector("host", {"dc": "eu", "instance": HOSTILE})
    parsed = promql_parser.parse(f"up{{{select}}}")
    assert isinstance(parsed, promql_parser.VectorSelector)
    assert quote('a"b') == '"a\\"b"'
    select = charts.selector("host", {"dc": "SELECT", "instance": "WINDOW"})
    assert "SELECT" in charts.fill("rate(x{SELECT}[WINDOW])", select, "120s")
