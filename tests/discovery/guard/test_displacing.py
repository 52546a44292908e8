"""Who loses its address to whom: the living wins, and what lost it is in no file."""

import pytest
from msgspec.structs import replace

from discovery.guard.displacing import AddressBook
from discovery.guard.state import Entry
from tests.discovery.guard.story import make_target


def entry(number, status="seen", *, service="web", since=100.0, added_at=0.0, **facts):
    place = {"address": "10.0.0.7", "port": 80, "node_address": "10.0.0.7", **facts}
    return Entry(make_target(number, service, **place), status, since, added_at)


def displaced(*entries):
    """Return who is displaced by whom, in whatever order the services come."""
    answers = []
    for order in (entries, entries[::-1]):
        book, seen = AddressBook(), {}
        for claimant in order:
            before = dict(seen.get(claimant.target.job, {}))
            seen.setdefault(claimant.target.job, {})[claimant.target.key] = claimant
            book.update(claimant.target.job, before, dict(seen[claimant.target.job]))
        answers.append({key[2]: winner for key, winner in book.displaced.items()})
    assert answers[0] == answers[1]
    return answers[0]


DOWN = {"is_node_down": True, "health": "critical"}


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        (entry(1, **DOWN), entry(2)),
        (entry(1, **DOWN, port=8080), entry(2)),
        (entry(1, **DOWN), entry(2, service="shop")),
        (entry(1, **DOWN, service="shop", port=9), entry(2)),
        (entry(1, health="critical"), entry(2)),
        (entry(1, **DOWN), entry(2, health="critical")),
        (entry(1, "lost"), entry(2)),
        (entry(1, "held"), entry(2, service="shop")),
        (entry(1, "held", port=81), entry(2, service="shop")),
        (entry(1, "held", host="h"), entry(2, service="shop", host="h", added_at=110.0)),
        (entry(1, **DOWN, address="10.0.0.7", node_address="10.9.9.9"), entry(2)),
    ],
)
def test_the_living_takes_the_address_over(loser, winner):
    assert displaced(loser, winner) == {"web-1" if loser.target.job == "web" else "shop-1": winner.target.host}


@pytest.mark.parametrize(
    ("entry_a", "entry_b"),
    [
        (entry(1), entry(2)),
        (entry(1, **DOWN), entry(2, **DOWN)),
        (entry(1, **DOWN), entry(2, address="10.0.0.8", node_address="10.0.0.8")),
        (entry(1, **DOWN), entry(2, "lost")),
        (entry(1, health="critical", host="h"), entry(2, service="shop", host="h")),
        (entry(1, health="critical"), entry(2, port=81)),
        (
            entry(1, health="critical", address="127.0.0.1", node_address="127.0.0.1"),
            entry(2, service="shop", address="127.0.0.1", node_address="127.0.0.1"),
        ),
        (entry(1, "lost", port=81, host="h"), entry(2, service="shop", host="h")),
        (entry(1, "held", host="h"), entry(2, service="shop", host="h", added_at=90.0)),
        (
            entry(1, **DOWN, address="127.0.0.1", node_address="127.0.0.1", port=81),
            entry(2, address="127.0.0.1", node_address="127.0.0.1"),
        ),
    ],
)
def test_nobody_loses_what_is_still_its_own(entry_a, entry_b):
    assert displaced(entry_a, entry_b) == {}


def container(number, **facts):
    """A container's endpoint as the exporter registers it: its port is its own while it runs."""
    plain = entry(number, host="h", **facts)
    return plain._replace(target=replace(plain.target, service_id=f"vigie:h:c{number}:80"))


def test_a_crashed_container_loses_its_port_to_the_next_one():
    crashed, following = container(1, health="critical"), container(2, service="shop")
    assert displaced(crashed, following) == {"vigie:h:c1:80": "h"}
    assert displaced(container(1), following) == {}
    assert displaced(container(1, health="maintenance", is_leaving=True), following) == {"vigie:h:c1:80": "h"}
    assert displaced(crashed, container(2, service="shop", port=81)) == {}


@pytest.mark.parametrize("status", ["held", "lost"])
def test_a_container_that_is_gone_has_lost_its_port_even_to_one_that_came_before(status):
    """It came back from a snapshot, and went again, while the other one was registered all the time but for it."""
    gone = container(1)._replace(status=status, since=100.0)
    assert displaced(gone, container(2, service="shop", added_at=90.0)) == {"vigie:h:c1:80": "h"}


def test_a_container_does_not_lose_its_port_to_a_crashed_one_whose_machine_is_not_known_to_be_down_yet():
    down, crashed = container(1, **DOWN), container(2, service="shop", health="critical")
    assert "vigie:h:c1:80" not in displaced(down, crashed)


def test_the_address_comes_back_with_the_machine():
    book, dead, alive = AddressBook(), entry(1, **DOWN), entry(2, service="shop")
    book.update("web", {}, {dead.target.key: dead})
    assert book.update("shop", {}, {alive.target.key: alive}) == {"web"}
    assert book.displaced == {dead.target.key: "host-2"}
    assert book.update("shop", {alive.target.key: alive}, {}) == {"web"}
    assert book.displaced == {}


def test_whoever_is_missing_keeps_its_address_until_it_is_judged():
    """A server that comes back shows a machine's old name for a moment: it is the new one that lives."""
    book, living, old_name = AddressBook(), entry(1), entry(2)
    book.update("web", {}, {living.target.key: living})
    missing = living._replace(status="missing", since=200.0)
    both = {missing.target.key: missing, old_name.target.key: old_name}
    assert book.update("web", {living.target.key: living}, both) == set()
    judged = {**both, missing.target.key: missing._replace(status="lost", since=201.0)}
    assert book.update("web", both, judged) == {"web"}
    assert book.displaced == {living.target.key: "host-2"}


@pytest.mark.parametrize(("held_since", "displaced_keys"), [(150.0, 1), (250.0, 0)])
def test_what_a_freeze_holds_keeps_its_address_until_a_clean_probe(held_since, displaced_keys):
    book, held, alive = AddressBook(), entry(1, "held", since=held_since), entry(2)
    both = {held.target.key: held, alive.target.key: alive}
    book.update("web", {}, both, 200.0)
    assert len(book.displaced) == displaced_keys
    book.decide(240.0)
    assert len(book.displaced) == displaced_keys
    book.decide(260.0)
    assert book.displaced == {held.target.key: "host-2"}


def test_whoever_had_lost_its_address_does_not_get_it_back_when_it_vanishes():
    book, dead, alive = AddressBook(), entry(1, **DOWN), entry(2)
    both = {dead.target.key: dead, alive.target.key: alive}
    book.update("web", {}, both)
    book.update("web", both, {**both, dead.target.key: dead._replace(status="missing", since=200.0)})
    assert book.displaced == {dead.target.key: "host-2"}


def test_ten_thousand_targets_of_one_machine_are_taken_over_in_a_moment():
    book, services = AddressBook(), {}
    for number in range(10_000):
        claimant = entry(number, host="h", service=f"s{number}", port=1000 + number)
        services[number] = claimant
        book.update(claimant.target.job, {}, {claimant.target.key: claimant})
    for number, claimant in services.items():
        dead = claimant._replace(
            target=make_target(
                number, f"s{number}", host="h", address="10.0.0.7", **DOWN, port=1000 + number, node_address="10.0.0.7"
            )
        )
        book.update(claimant.target.job, {claimant.target.key: claimant}, {dead.target.key: dead})
    other = entry(1, service="other", host="new", port=7)
    assert len(book.update("other", {}, {other.target.key: other})) == 10_000
