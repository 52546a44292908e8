"""A dead spot node goes, another dead node stays."""

from tests.discovery.guard.story import Story, make_target


def test_a_dead_spot_node_goes_after_its_time_and_returns_when_it_lives():
    dead = make_target(1, health="critical", is_spot=True, is_node_down=True)
    story = Story().shows(dead).passes(179)
    assert story.statuses() == {"web-1": "seen"}
    assert story.passes(2).statuses() == {}
    assert ("spot_dead", 1) in story.events
    assert story.shows(dead).statuses() == {}
    assert story.shows(make_target(1, is_spot=True)).statuses() == {"web-1": "seen"}


def test_a_dead_node_that_is_no_spot_node_stays():
    story = Story().shows(make_target(1, health="critical", is_node_down=True)).passes(100000)
    assert story.statuses() == {"web-1": "seen"}


def test_the_exporter_s_meta_makes_the_other_services_of_its_node_spot():
    node = make_target(1, service="vigie-exporter", is_spot=True, is_node_down=True)
    story = Story().shows(node, service="vigie-exporter").shows(make_target(1, is_node_down=True)).passes(181)
    assert story.statuses() == {}
