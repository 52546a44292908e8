"""Board *Host*, hardware and software that not every machine has: folded sections, which ask nothing until opened."""

from collections.abc import Sequence

from dashboards.panels.board import FoldedSection, Panel
from dashboards.panels.colours import CRITICAL, OK
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query
from dashboards.panels.table import Column, table
from dashboards.panels.thresholds import thresholds
from dashboards.panels.timeseries import timeseries
from dashboards.panels.value_mapping import ValueMapping
from dashboards.sections.host import HOST

MIB = 1 << 20
HEALTHY = {1: ValueMapping("well", OK), 0: ValueMapping("failing", CRITICAL)}
WORN = thresholds(0.8, 1)
# Attributes whose raw values count sectors that a disk gives up, or is about to.
SECTORS = "Reallocated_Sector_Ct|Current_Pending_Sector|Offline_Uncorrectable"


def _graph(metadata: Metadata, queries: Sequence[Query], absent: str) -> Panel:
    return timeseries(metadata, queries).no_value(absent)


def disk_health() -> FoldedSection:
    """Return what disks tell of their health: SMART and the log of NVMe."""
    absent = "No disk is asked: --collector.smart, or vigie-smart.timer"

    def of(name: str) -> str:
        return f"max by (device) (smartctl_device_{name}{{{HOST}}})"

    bad = f'smartctl_device_attribute{{{HOST}, attribute_value_type="raw", attribute_name=~"{SECTORS}"}}'
    return FoldedSection("Disk health", [
        table(
            Metadata("Health of disks", "What each disk says of itself, and how much of it is used up.", "short"),
            {"device": "Disk"},
            [
                Column("", f"max by (device, model_name) (smartctl_device{{{HOST}}})", labels={"model_name": "Model"}),
                Column("Health", of("smart_status"), value_mappings=HEALTHY),
                Column("Temperature", of("temperature"), "celsius"),
                Column("Powered on", of("power_on_seconds"), "s"),
                Column("Worn", f"{of('percentage_used')} / 100", "percentunit", WORN),
                Column("Media errors", of("media_errors")),
            ],
            sort="Worn",
        ).no_value(absent),
        _graph(
            Metadata("Temperatures of disks", "As the disks themselves measure them.", "celsius"),
            [Query(of("temperature"), "{{device}}")],
            absent,
        ),
        _graph(
            Metadata("Bad sectors", "Sectors that a disk has given up, or can't read at the moment.", "short"),
            [Query(f"max by (device, attribute_name) ({bad})", "{{device}} {{attribute_name}}")],
            absent,
        ),
    ])  # fmt: skip


def gpus() -> FoldedSection:
    """Return load, memory, heat and power of NVIDIA's and AMD's GPUs."""
    absent = "No GPU"
    nvidia, amd = "NVIDIA {{gpu}} {{modelName}}", "AMD {{gpu_id}} {{card_model}}"
    return FoldedSection("GPUs", [
        _graph(
            Metadata("Load of GPUs", "Share of time in which the GPU computed something.", "percentunit"),
            [
                Query(f"DCGM_FI_DEV_GPU_UTIL{{{HOST}}} / 100", nvidia),
                Query(f"amd_gpu_gfx_activity{{{HOST}}} / 100", amd),
            ],
            absent,
        ),
        _graph(
            Metadata("Memory of GPUs", "Used memory of each GPU.", "bytes"),
            [
                Query(f"DCGM_FI_DEV_FB_USED{{{HOST}}} * {MIB}", nvidia),
                Query(f"amd_gpu_used_vram{{{HOST}}} * {MIB}", amd),
            ],
            absent,
        ),
        _graph(
            Metadata("Temperatures of GPUs", "Temperature of each GPU, of AMD's at the hottest point.", "celsius"),
            [
                Query(f"DCGM_FI_DEV_GPU_TEMP{{{HOST}}}", nvidia),
                Query(f"amd_gpu_junction_temperature{{{HOST}}}", amd),
            ],
            absent,
        ),
        _graph(
            Metadata("Power of GPUs", "Power that each GPU draws.", "watt"),
            [
                Query(f"DCGM_FI_DEV_POWER_USAGE{{{HOST}}}", nvidia),
                Query(f"amd_gpu_average_package_power{{{HOST}}}", amd),
            ],
            absent,
        ),
    ])  # fmt: skip


def controller() -> FoldedSection:
    """Return what the management controller measures over IPMI."""
    absent = "No controller: --collector.ipmi"
    bad = " or ".join(
        f"ipmi_{kind}_state{{{HOST}}} > 0"
        for kind in ("sensor", "temperature", "fan_speed", "voltage", "current", "power")
    )
    return FoldedSection("Management controller", [
        _graph(
            Metadata("Temperatures of the machine", "As its management controller (IPMI) measures them.", "celsius"),
            [Query(f"ipmi_temperature_celsius{{{HOST}}}", "{{name}}")],
            absent,
        ),
        _graph(
            Metadata("Fans", "Rotations per minute of each fan.", "rotrpm"),
            [Query(f"ipmi_fan_speed_rpm{{{HOST}}}", "{{name}}")],
            absent,
        ),
        _graph(
            Metadata("Power of the machine", "What the whole machine draws, and what each sensor measures.", "watt"),
            [
                Query(f"ipmi_dcmi_power_consumption_watts{{{HOST}}}", "machine"),
                Query(f"ipmi_power_watts{{{HOST}}}", "{{name}}"),
            ],
            absent,
        ),
        _graph(
            Metadata("Sensors that warn", "1: a warning, 2: critical. There should be none.", "short"),
            [Query(bad, "{{name}}")],
            "None",
        ),
    ])  # fmt: skip


def software() -> FoldedSection:
    """Return packages that wait for an update, and what systemd's units use."""
    absent = "Needs the exporter's --collector.systemd_units"
    cpu = f"sum by (name) (rate(systemd_unit_cpu_seconds_total{{{HOST}}}[{RATE}]))"
    return FoldedSection("Packages and units", [
        _graph(
            Metadata("Packages that wait", "Packages with an update by origin, and those that are held back.", "short"),
            [
                Query(f"sum by (origin) (apt_upgrades_pending{{{HOST}}})", "{{origin}}"),
                Query(f"sum(apt_upgrades_held{{{HOST}}})", "held back"),
            ],
            "None",
        ),
        _graph(
            Metadata("Reboot", "1 while an update waits for a reboot.", "short"),
            [Query(f"node_reboot_required{{{HOST}}}", "reboot required")],
            "Not known",
        ),
        _graph(
            Metadata("CPU of units", "Cores that each of the ten busiest systemd units uses.", "short"),
            [Query(f"topk(10, {cpu})", "{{name}}")],
            absent,
        ),
        _graph(
            Metadata("Memory of units", "Memory of the ten largest systemd units, without what can be freed.", "bytes"),
            [Query(f"topk(10, vigie_systemd_unit_memory_bytes{{{HOST}}})", "{{name}}")],
            absent,
        ),
        _graph(
            Metadata("Tasks of units", "Processes and threads of the ten units that have most.", "short"),
            [Query(f"topk(10, systemd_unit_tasks_current{{{HOST}}})", "{{name}}")],
            absent,
        ),
    ])  # fmt: skip
