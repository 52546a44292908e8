"""Series as a chart takes them."""

from vigie.console.data.plotting import align, name_series
from vigie.console.data.prometheus import Range, Series


def test_series_are_put_on_one_list_of_times():
    points = Series({"mode": "user"}, ((10, 1.0), (30, float("inf"))))
    assert align([("user", points)], Range(10, 30, 10)) == {
        "times": [10, 20, 30],
        "names": ["user"],
        "lines": [[1.0, None, None]],
        "cut": 0,
    }
    assert align([("x", points)] * 40, Range(10, 30, 10))["cut"] == 10


def test_series_are_called_by_what_tells_them_apart():
    both = [Series({"__name__": "up", "job": "node", "cpu": number}, ()) for number in "01"]
    assert name_series(both) == ['{cpu="0"}', '{cpu="1"}']
    assert name_series(both[:1]) == ['up{cpu="0", job="node"}']
    assert name_series([]) == []
