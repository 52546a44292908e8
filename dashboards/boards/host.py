"""Board *Host*: all about one machine, from a glance at the top down to its monitoring."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.panels.annotation import alert_annotation, reboot_annotation
from dashboards.panels.board import board
from dashboards.panels.variable import variable
from dashboards.sections.host import ALERTS, HOST, disk, glance, hardware, machine, memory, network, processor


def build() -> Dashboard:
    """Return the board."""
    return board(
        "Host",
        "One machine: CPU, memory, disks, network. Choose the datacenter first: host names repeat across datacenters.",
        [
            variable("dc", "Datacenter", 'label_values(up{job="node"}, dc)'),
            variable("instance", "Host", 'label_values(up{job="node", dc="$dc"}, instance)'),
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
            hardware.disk_health(),
            hardware.gpus(),
            hardware.controller(),
            hardware.software(),
            machine.watching(),
        ],
        [reboot_annotation(HOST), alert_annotation(ALERTS)],
    )
