"""The state survives a restart."""

from discovery.consul.updates import Fingerprint
from discovery.guard import persistence
from discovery.guard.state import Entry, Removal, State
from discovery.targets.target import Target

FINGERPRINT = Fingerprint(77, frozenset({"id-1", "id-2"}))


def make_target(name):
    return Target("dc1", "host-1", name, "web", name, "passing", b"{}")


STATE = State(
    services={
        "web": {
            make_target(name).key: Entry(make_target(name), status, 5.0, 2.0)
            for name, status in [("a", "seen"), ("b", "held"), ("c", "lost")]
        }
    },
    removals=(Removal(4.0, "web", 2),),
    freeze_reason="index",
    frozen_count=3,
    frozen_since=50.0,
    nodes_down_since={"host-1": 3.0},
    spot_nodes=frozenset({"host-1"}),
)


def save_and_load(state):
    return persistence.decode(persistence.encode({"dc1": persistence.save(state, FINGERPRINT)}))["dc1"]


def test_the_state_survives_and_seen_targets_have_to_be_read_again():
    saved = save_and_load(STATE)
    state = persistence.restore(saved, [("web", make_target(name)) for name in "abc"], 9.0)
    assert saved.fingerprint == FINGERPRINT
    assert [(entry.target.service_id, entry.status, entry.since) for entry in state.services["web"].values()] == [
        ("a", "unread", 9.0),
        ("b", "held", 5.0),
        ("c", "lost", 5.0),
    ]
    assert [entry.added_at for entry in state.services["web"].values()] == [0.0, 2.0, 2.0]
    assert (state.removals, state.freeze_reason) == (STATE.removals, "index")
    assert (state.frozen_count, state.frozen_since) == (3, 50.0)
    assert (state.nodes_down_since, state.spot_nodes) == (STATE.nodes_down_since, STATE.spot_nodes)


def test_the_same_state_gives_the_same_bytes():
    turned = State(services={"web": dict(reversed(STATE.services["web"].items()))})
    assert persistence.save(turned, FINGERPRINT) == persistence.save(State(services=STATE.services), FINGERPRINT)
    pair = {"a": save_and_load(STATE), "b": persistence.SavedDatacenter()}
    assert persistence.encode(pair) == persistence.encode(dict(reversed(pair.items())))


def test_without_a_readable_state_file_the_targets_alone_come_back():
    for content in (None, b"", b"{", b'{"datacenters": 5}', b"\xff"):
        assert persistence.decode(content) == {}
        state = persistence.restore(persistence.SavedDatacenter(), [("web", make_target("a"))], 9.0)
        assert [entry.status for entry in state.services["web"].values()] == ["unread"]


def test_a_freeze_without_targets_is_not_restored():
    assert persistence.restore(save_and_load(STATE), [], 9.0).freeze_reason is None
