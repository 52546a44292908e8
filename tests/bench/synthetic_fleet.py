"""A fleet of any size as one page of metrics: what a real Prometheus scrapes in the benchmark."""

import math

GIB = 2**30
TEAMS = ("shop", "pay", "data", "web", "core")
ENVIRONMENTS = ("prod", "prod", "prod", "stage")
SILENT, DOWN, LEAVING = 3, 2, 1  # of so many hosts, each
CONFIG = """global: {{scrape_interval: 5s}}
scrape_configs:
  - job_name: fleet
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def page(hosts: int, at: float) -> str:
    """Return the page at a time in seconds: a few hosts are silent, down or leaving, some are in trouble."""
    lines: list[str] = []
    for number in range(hosts):
        lines += _host(number, at)
    return "\n".join(lines) + "\n"


def _host(number: int, at: float) -> list[str]:
    name, dc = f"host-{number:04d}", ("eu", "us")[number % 2]
    labels = (
        f'job="node",instance="{name}",host="{name}",dc="{dc}",'
        f'env="{ENVIRONMENTS[number % 4]}",team="{TEAMS[number % 5]}"'
    )
    target = f'target_job="node",target_instance="{name}",target_host="{name}",target_dc="{dc}"'
    lines = [f'vigie_discovery_target_registered{{{target},health="passing"}} 1']
    lines.append(f"vigie_discovery_leaving{{{target}}} {int(number < LEAVING)}")
    if LEAVING <= number < LEAVING + SILENT:
        return lines
    lines.append(f"up{{{labels}}} {int(not LEAVING + SILENT <= number < LEAVING + SILENT + DOWN)}")
    busy = 0.5 + 0.48 * math.sin(number * 1.7)
    cores = (2, 4, 8, 16)[number % 4]
    for core in range(cores):
        for mode, share in (("idle", 1 - busy), ("user", busy * 0.8), ("iowait", busy * 0.2 * (number % 3))):
            lines.append(f'node_cpu_seconds_total{{{labels},cpu="{core}",mode="{mode}"}} {share * at:.2f}')
    size = cores * 4 * GIB
    memory = 0.5 + 0.45 * math.sin(number * 2.3)
    free = (0.5 - 0.47 * math.sin(number * 0.9)) * 100 * GIB
    return [
        *lines,
        f"node_load5{{{labels}}} {busy * cores * 1.3:.2f}",
        f"node_memory_MemTotal_bytes{{{labels}}} {size}",
        f"node_memory_MemAvailable_bytes{{{labels}}} {size * (1 - memory):.0f}",
        f'node_filesystem_size_bytes{{{labels},device="/dev/vda1",fstype="ext4",mountpoint="/"}} {100 * GIB}',
        f'node_filesystem_avail_bytes{{{labels},device="/dev/vda1",fstype="ext4",mountpoint="/"}} {free:.0f}',
        f'node_network_receive_bytes_total{{{labels},device="eth0"}} {busy * 4e6 * (at % 1e6):.0f}',
        f'node_network_transmit_bytes_total{{{labels},device="eth0"}} {busy * 2e6 * (at % 1e6):.0f}',
        f"node_boot_time_seconds{{{labels}}} {1.7e9 + number * 5e4:.0f}",
        f'node_os_info{{{labels},pretty_name="Debian GNU/Linux 12 (bookworm)"}} 1',
        f'node_uname_info{{{labels},release="6.1.0-18-amd64"}} 1',
        f'vigie_build_info{{{labels},version="0.1.0"}} 1',
        *(
            f'container_last_seen{{{labels},name="app-{container}",image="shop:1"}} {at:.0f}'
            for container in range(number % 4)
        ),
    ]
