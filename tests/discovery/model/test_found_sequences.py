"""The shortest sequences by which the state machine found each fault, so that it stays mended."""

import random

import pytest

from tests.discovery.model.accidents import RECOVERY_SECONDS
from tests.discovery.model.machine import DiscoveryMachine

SEQUENCES = {
    "01 token file": [
        ("an_instance_is_deregistered", {"number": 15}),
        ("the_token_file_is_broken_for_a_while", {"kind": "in typographic quotes", "seconds": 40}),
        ("half_an_hour_passes", {}),
    ],
    "02 secret": [("the_token_file_is_broken_for_a_while", {"kind": "of two lines", "seconds": 5})],
    "03 recycled address": [
        ("a_machine_dies", {"number": 0}),
        ("time_passes", {"seconds": 10}),
        ("an_address_is_recycled", {"number": 0}),
        ("time_passes", {"seconds": 10}),
    ],
    "04 more services than connections": [
        ("a_container_restarts_and_another_gets_its_port", {"number": number}) for number in range(0, 10, 2)
    ],
    "05 churn": [("short_lived_instances_come_and_go", {"dc": "eu", "minutes": 20})],
    "06 connections": [
        ("the_agent_restarts", {"is_few": True, "gives_catalog": True}),
        ("half_an_hour_passes", {}),
        ("a_machine_joins", {"dc": "eu"}),
        ("time_passes", {"seconds": 60}),
    ],
    "08 partial filtering": [
        ("the_token_sees_less", {"dc": "eu", "is_machine": True, "number": 10}),
        ("half_an_hour_passes", {}),
    ],
    "09 datacenter out of the settings": [
        ("discovery_is_started_again", {"datacenters": ("eu",)}),
        ("half_an_hour_passes", {}),
    ],
    "10 sidecar": [("a_sidecar_is_registered", {"number": 0}), ("time_passes", {"seconds": 3})],
    "16 unsafe address": [
        ("somebody_registers_an_odd_address", {"address": "::ffff:127.0.0.1", "number": 57}),
        ("time_passes", {"seconds": 10}),
    ],
    "a crashed container's port goes to another": [
        ("a_container_crashes_and_another_gets_its_port", {"number": 19}),
    ],
    "many machines renamed": [("a_machine_is_renamed", {"number": number}) for number in range(12)],
    "a freeze ends before all is read again": [
        ("the_token_sees_nothing_more", {"dc": "us"}),
        ("time_passes", {"seconds": 120}),
        ("the_token_file_is_broken_for_a_while", {"kind": "that is no UTF-8", "seconds": 5}),
        ("the_token_sees_all_again", {}),
    ],
    "a policy that is given back moves no index": [
        ("somebody_registers_an_odd_address", {"address": "metadata.google.internal", "number": 49}),
        ("the_token_sees_less", {"dc": "us", "is_machine": True, "number": 45}),
        ("time_passes", {"seconds": 10}),
    ],
    "a machine dies on which a port went from one container to another": [
        ("a_container_crashes_and_another_gets_its_port", {"number": 24}),
        ("an_instance_is_relabelled", {"number": 31, "team": "core"}),
        ("a_machine_dies", {"number": 60}),
        ("a_machine_dies", {"number": 24}),
    ],
    "a freeze ends an hour after what vanished before it": [
        ("a_fleet_vanishes_at_once", {"dc": "eu", "count": 8, "count_left": 0}),
        ("time_passes", {"seconds": 10}),
        ("a_fleet_vanishes_at_once", {"dc": "eu", "count": 8, "count_left": 2}),
        ("the_token_sees_nothing_more", {"dc": "eu"}),
        ("half_an_hour_passes", {}),
        ("the_token_sees_all_again", {}),
        ("half_an_hour_passes", {}),
        ("short_lived_instances_come_and_go", {"dc": "eu", "minutes": 3}),
    ],
    "who had a dead one's address dies too": [
        ("a_container_crashes_and_another_gets_its_port", {"number": 0}),
        ("time_passes", {"seconds": 60}),
        ("a_machine_dies", {"number": 0}),
        ("time_passes", {"seconds": 60}),
        ("an_address_is_recycled", {"number": 0}),
        ("half_an_hour_passes", {}),
        ("a_machine_dies", {"number": -1}),
        ("time_passes", {"seconds": 60}),
    ],
    "filtered for a moment only": [
        ("the_token_sees_less", {"dc": "us", "is_machine": False, "number": 10}),
        ("a_machine_joins", {"dc": "us"}),
        ("time_passes", {"seconds": 1}),
        ("the_token_sees_all_again", {}),
        ("time_passes", {"seconds": 10}),
    ],
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_what_was_found_is_mended(name):
    random.seed(0)
    machine = DiscoveryMachine()
    try:
        machine.begin()
        for rule, arguments in SEQUENCES[name]:
            getattr(machine, rule)(**arguments)
            machine.everything_holds()
        machine.end_disturbances()
        machine.wait(2 * RECOVERY_SECONDS)
        machine.everything_holds()
    finally:
        machine.has_failed = True  # nothing more to be looked at
        machine.teardown()
