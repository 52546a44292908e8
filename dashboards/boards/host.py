"""Board *Host*: all about one machine, from a glance at the top down to what watches it."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.host_sections import ALERTS, HOST, disk, glance, machine, memory, network, processor
from dashboards.panels.annotation import alerts, reboots
from dashboards.panels.board import board, choice


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Host",
        "One machine: processor, memory, disks, network. Choose the datacenter first: host names repeat across them.",
        [
            choice("dc", "Datacenter", 'label_values(up{job="node"}, dc)'),
            choice("instance", "Host", 'label_values(up{job="node", dc="$dc"}, instance)'),
        ],
        [
            *glance.glance(),
            glance.alerts(),
            processor.processor(),
            memory.memory(),
            disk.disk_space(),
            disk.disk_traffic(),
            network.network(),
            network.connections(),
            machine.containers(),
            machine.machine(),
            machine.watching(),
        ],
        [reboots(HOST), alerts(ALERTS)],
    )
