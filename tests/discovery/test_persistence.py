"""What the bridge knew is known again after a restart."""

from discovery.consul.consistency_probe import Known
from discovery.guard import persistence
from discovery.guard.state import Entry, Removal, State
from discovery.targets.target import Target

KNOWN = Known(77, frozenset({"id-1", "id-2"}))


def make(name):
    return Target("dc1", "host-1", name, "web", name, "passing", b"{}")


STATE = State(
    services={
        "web": {
            make(name).key: Entry(make(name), status, 5.0)
            for name, status in [("a", "seen"), ("b", "held"), ("c", "lost")]
        }
    },
    removals=(Removal(4.0, "web", 2),),
    doubt="index",
    doubted_count=3,
    nodes_down_since={"host-1": 3.0},
    spot_nodes=frozenset({"host-1"}),
)


def kept_of(state):
    return persistence.decode(persistence.encode({"dc1": persistence.memory(state, KNOWN)}))["dc1"]


def test_the_state_survives_and_seen_targets_have_to_be_read_again():
    kept = kept_of(STATE)
    state = persistence.restore(kept, [("web", make(name)) for name in "abc"], 9.0)
    assert kept.known == KNOWN
    assert [(one.target.service_id, one.status, one.since) for one in state.services["web"].values()] == [
        ("a", "unread", 9.0),
        ("b", "held", 5.0),
        ("c", "lost", 5.0),
    ]
    assert (state.removals, state.doubt, state.doubted_count) == (STATE.removals, "index", 3)
    assert (state.nodes_down_since, state.spot_nodes) == (STATE.nodes_down_since, STATE.spot_nodes)


def test_the_same_state_gives_the_same_bytes():
    turned = State(services={"web": dict(reversed(STATE.services["web"].items()))})
    assert persistence.memory(turned, KNOWN) == persistence.memory(State(services=STATE.services), KNOWN)
    pair = {"a": kept_of(STATE), "b": persistence.Memory()}
    assert persistence.encode(pair) == persistence.encode(dict(reversed(pair.items())))


def test_without_a_readable_memory_the_targets_alone_come_back():
    for content in (None, b"", b"{", b'{"datacenters": 5}', b"\xff"):
        assert persistence.decode(content) == {}
        state = persistence.restore(persistence.Memory(), [("web", make("a"))], 9.0)
        assert [one.status for one in state.services["web"].values()] == ["unread"]


def test_a_doubt_about_nothing_is_not_kept():
    assert persistence.restore(kept_of(STATE), [], 9.0).doubt is None
