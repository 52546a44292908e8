"""Board *Host*, the machine and its system: clock, sensors, services, busiest commands, containers."""

from dashboards.host_sections import HOST
from dashboards.panels.board import Panel, Section
from dashboards.panels.container_tables import HEADINGS, LOOKS, small_columns
from dashboards.panels.link import CELL, to_container
from dashboards.panels.panel import NEUTRAL, WARNING, About, lines
from dashboards.panels.query import RATE, Query
from dashboards.panels.table import Column, table


def machine() -> Section:
    """Return clock, temperatures, files, and failed services."""
    failed = f'node_systemd_unit_state{{{HOST}, state="failed"}} == 1'
    return "Machine", [
        lines(
            About("Clock", "By how much the clock differs from its source, and the error it may have.", "s"),
            [
                Query(f"node_timex_offset_seconds{{{HOST}}}", "offset"),
                Query(f"node_timex_estimated_error_seconds{{{HOST}}}", "estimated error"),
            ],
            {"offset": NEUTRAL, "estimated error": WARNING},
            signed=True,
        ),
        lines(
            About(
                "Temperatures",
                "What sensors measure, and zones that the firmware watches. VMs have neither.",
                "celsius",
            ),
            [
                Query(f"node_hwmon_temp_celsius{{{HOST}}}", "{{chip}} {{sensor}}"),
                Query(f"node_thermal_zone_temp{{{HOST}}}", "{{type}} {{zone}}"),
            ],
        ).no_value("No sensors"),
        lines(
            About("Files and entropy", "Open files of the whole system, and bits in its random pool.", "short"),
            [
                Query(f"node_filefd_allocated{{{HOST}}}", "open files"),
                Query(f"node_entropy_available_bits{{{HOST}}}", "random bits"),
            ],
            {"open files": NEUTRAL},
        ),
        lines(
            About("Failed services", "Units that systemd calls failed, by name. Should be none.", "short"),
            [Query(failed, "{{name}}")],
        ).no_value("None"),
        *_commands(),
    ]


def _commands() -> list[Panel]:
    needs = "Needs the exporter's --collector.processes_top."
    return [
        lines(
            About("Busiest commands", f"Cores that the commands' processes used. {needs}", "short"),
            [Query(f"topk(10, rate(vigie_process_cpu_seconds_total{{{HOST}}}[{RATE}]))", "{{command}}")],
        ),
        lines(
            About("Largest commands", f"Resident memory of the commands' processes. {needs}", "bytes"),
            [Query(f"topk(10, vigie_process_resident_bytes{{{HOST}}})", "{{command}}")],
        ),
    ]


def containers() -> Section:
    """Return the containers on this host."""
    about = About("Containers", "Containers that run on this host; a click on the name opens one.", "short")
    selector = f'{HOST}, name!=""'
    by = "dc, instance, name"
    names = {"name": HEADINGS["name"]}
    return "Containers on this host", [
        table(about, names, small_columns(selector, by), [to_container(CELL)], sort="CPU", looks=LOOKS)
    ]


def watching() -> Section:
    """Return how the host is watched: each collector, the scrape, what the exporter costs."""
    state = {"state": "State"}
    return "How it is watched", [
        table(
            About("Collectors", "How each collector of the exporter fared at the last scrape, and its time.", "short"),
            {"collector": "Collector"},
            [
                Column("", f"max by (collector, state) (vigie_collector_state{{{HOST}}} == 1)", labels=state),
                Column("Time", f"max by (collector) (node_scrape_collector_duration_seconds{{{HOST}}})", "s"),
            ],
            sort="Time",
        ),
        lines(
            About("Scrape", "How long Prometheus waited for the exporter. Its timeout is 5 s.", "s"),
            [Query(f"scrape_duration_seconds{{{HOST}}}", "scrape")],
            {"scrape": NEUTRAL},
        ),
        lines(
            About("Series", "What the exporter told at each scrape, and how many of these series were new.", "short"),
            [
                Query(f"scrape_samples_scraped{{{HOST}}}", "samples"),
                Query(f"scrape_series_added{{{HOST}}}", "new series"),
            ],
            {"samples": NEUTRAL, "new series": WARNING},
        ),
        lines(
            About("Exporter's CPU", "Share of one core that the exporter itself uses.", "percentunit"),
            [Query(f"rate(process_cpu_seconds_total{{{HOST}}}[{RATE}])", "exporter")],
            {"exporter": NEUTRAL},
        ),
        lines(
            About("Exporter's memory", "Resident memory of the exporter itself.", "bytes"),
            [Query(f"process_resident_memory_bytes{{{HOST}}}", "exporter")],
            {"exporter": NEUTRAL},
        ),
    ]
