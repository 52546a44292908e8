"""The order of the list of containers."""

from vigie.console.data.containers import Container
from vigie.console.pages.containers import HEADINGS, sort_containers
from vigie.console.web.sorting import parse


def container(name, state="running", health="", **values):
    return Container("eu", "web-1", name, "image", state, health, values, {})


def test_what_is_worst_comes_first():
    rows = [container("a"), container("b", "exited"), container("c", health="unhealthy"), container("d", cpu=2)]

    def names(text):
        return [row.name for row in sort_containers(rows, parse(text, HEADINGS, "state"))]

    assert names("") == ["c", "b", "a", "d"]
    assert names("-cpu") == ["d", "a", "b", "c"]
    assert names("-name") == ["d", "c", "b", "a"]
