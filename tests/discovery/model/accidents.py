"""What happens to Consul, to the way there and to discovery itself, as rules of the state machine."""

import functools
from contextlib import suppress

from hypothesis import stateful
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition

from tests.discovery.model.network import TROUBLES

DATACENTERS = ("eu", "us")
TOKEN = "5ecret-0f-the-fleet"
BROKEN_TOKENS = {
    "with a byte order mark": b"\xef\xbb\xbf" + TOKEN.encode(),
    "in typographic quotes": f"“{TOKEN}”".encode(),
    "of two lines": f"{TOKEN}\n# made on Monday\n".encode(),
    "that is no UTF-8": b"\xff\xfe" + TOKEN.encode(),
    "that is empty": b"",
    "that is wrong": b"wrong",
}
RECOVERY_SECONDS = 90  # the longest pause between attempts, a probe, and a reset of queries that wait in vain
FEW_CONNECTIONS, MANY_CONNECTIONS = 20, 200
DISTURBED_STEPS = 5  # after so many steps a disturbance that nobody ended ends by itself
CHURN_ALIVE, CHURN_SECONDS = 5, 60
DCS = st.sampled_from(DATACENTERS)


class SenselessError(Exception):
    """A rule makes no sense now."""


def need(condition):
    """End a rule that makes no sense now; `assume` would throw the whole example away."""
    if not condition:
        raise SenselessError


def rule(**strategies):
    """Return hypothesis's `rule` for a method that does nothing when it makes no sense."""

    def decorate(method):
        @functools.wraps(method)
        def act(machine, **arguments):
            with suppress(SenselessError):
                method(machine, **arguments)

        return stateful.rule(**strategies)(act)

    return decorate


class Accidents(RuleBasedStateMachine):
    """Rules that need `operations`, `truth`, `network`, `discovery`, `token_file` and `wait` of the whole machine."""

    def __init__(self):
        super().__init__()
        self.disturbances = {dc: set() for dc in DATACENTERS}
        self._disturbed_steps = 0

    def disturb(self, what, *datacenters):
        for dc in datacenters:
            self.disturbances[dc].add(what)
            self.operations.disturb(dc)

    def calm(self, what, *datacenters):
        """End a disturbance; discovery has its time to recover once none is left."""
        for dc in datacenters:
            self.disturbances[dc].discard(what)
            if not self.disturbances[dc]:
                self.operations.calm(dc, RECOVERY_SECONDS)

    def end_disturbances(self):
        """End whatever keeps discovery from knowing."""
        self.the_way_to_consul_is_free_again()
        self.the_token_sees_all_again()

    def count_step(self):
        self._disturbed_steps = self._disturbed_steps + 1 if any(self.disturbances.values()) else 0
        if self._disturbed_steps > DISTURBED_STEPS:
            self.end_disturbances()

    @rule(dc=DCS, trouble=st.sampled_from(TROUBLES))
    def the_way_to_consul_is_disturbed(self, dc, trouble):
        self.network.troubles[dc] = trouble
        self.disturb("way", dc)

    @precondition(lambda self: self.network.troubles)
    @rule()
    def the_way_to_consul_is_free_again(self):
        for dc in tuple(self.network.troubles):
            del self.network.troubles[dc]
            self.calm("way", dc)

    @rule(dc=DCS)
    def the_token_sees_nothing_more(self, dc):
        self.operations.consuls[dc].hide("all")
        self.disturb("policy", dc)

    @rule(dc=DCS, number=st.integers(0, 63), is_machine=st.booleans())
    def the_token_sees_less(self, dc, number, is_machine):
        names = sorted({(service.host if is_machine else service.name) for service in self.truth.services.values()})
        hidden = names[number % len(names)]
        self.operations.consuls[dc].hide(lambda node, service: hidden in {node, service})
        self.disturb("policy", dc)

    @precondition(lambda self: any("policy" in kinds for kinds in self.disturbances.values()))
    @rule()
    def the_token_sees_all_again(self):
        for dc, consul in self.operations.consuls.items():
            consul.hide(None)
            self.calm("policy", dc)

    @rule(kind=st.sampled_from(sorted(BROKEN_TOKENS)), seconds=st.sampled_from([5, 40]))
    def the_token_file_is_broken_for_a_while(self, kind, seconds):
        self.token_file.write_bytes(BROKEN_TOKENS[kind])
        self.disturb("token", *DATACENTERS)
        self.wait(seconds)
        self.token_file.write_text(TOKEN)
        self.calm("token", *DATACENTERS)

    @rule(dc=DCS)
    def a_snapshot_is_taken(self, dc):
        self.operations.snapshot(dc)

    @rule(dc=DCS, seconds=st.sampled_from([0, 5, 30]))
    def a_snapshot_is_restored(self, dc, seconds):
        need(dc in self.operations.snapshots)
        self.operations.restore(dc)
        self.disturb("restore", dc)
        self.wait(seconds)
        self.operations.resync(dc)
        self.calm("restore", dc)

    @rule(is_few=st.booleans(), gives_catalog=st.booleans())
    def the_agent_restarts(self, is_few, gives_catalog):
        """It comes back with room for many connections, or others were faster and took most of them.

        From then on a proxy before it may forbid what isn't part of the documented API.
        """
        self.network.gives_catalog = gives_catalog
        self.network.connections_max = FEW_CONNECTIONS if is_few else MANY_CONNECTIONS
        self.network.close_connections()
        self.disturb("agent", *DATACENTERS)
        self.calm("agent", *DATACENTERS)

    @rule(dc=DCS, minutes=st.sampled_from([3, 20]))
    def short_lived_instances_come_and_go(self, dc, minutes):
        machines = [machine for machine in self.truth.machines.values() if machine.is_up and machine.dc == dc]
        need(machines)
        alive = []
        self.truth.churning["app-batch"] = CHURN_ALIVE
        for number in range(minutes * 60 * CHURN_ALIVE // CHURN_SECONDS):
            alive.append(self.operations.container(machines[number % len(machines)], "batch"))
            if len(alive) > CHURN_ALIVE:
                self.operations.deregister(alive.pop(0))
            self.wait(CHURN_SECONDS / CHURN_ALIVE)
        self.everything_holds()
        for service in alive[1:]:
            self.operations.deregister(service)
        self.truth.mass_at = self.simulation.now
        del self.truth.churning["app-batch"]

    @rule(dc=DCS, count=st.sampled_from([8, 30]), count_left=st.sampled_from([0, 2]))
    def a_fleet_vanishes_at_once(self, dc, count, count_left):
        machine = self.operations.machine(dc)
        fleet = [self.operations.service(machine, "fleet") for _ in range(count)]
        self.wait(20)
        for service in fleet[count_left:]:
            self.operations.deregister(service)
        self.truth.mass_at = self.simulation.now

    @rule(datacenters=st.sampled_from([DATACENTERS, DATACENTERS, ("eu",), ("us",)]))
    def discovery_is_started_again(self, datacenters):
        self.discovery.stop()
        self._writes = None
        self._look()  # with the datacenters of until now
        self.network.forget()
        self.discovery.start(datacenters)
        self.configured_at = self.simulation.now

    @precondition(lambda self: not any(self.disturbances.values()))
    @rule()
    def an_operator_releases_all(self):
        self.discovery.call("release", None)
        self.truth.released_at = self.simulation.now

    @rule()
    def half_an_hour_passes(self):
        self.wait(1800)
