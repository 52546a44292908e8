"""Board *Host*, the machine and its system: clock, sensors, services, busiest commands, containers."""

from dashboards.panels.board import Panel, Section
from dashboards.panels.colours import NEUTRAL, WARNING
from dashboards.panels.container_table import CONTAINER_HEADINGS, CONTAINER_LABEL_STYLES, container_columns
from dashboards.panels.link import CELL, container_link
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import RATE, Query
from dashboards.panels.table import Column, table
from dashboards.panels.timeseries import timeseries
from dashboards.sections.host import HOST


def machine() -> Section:
    """Return clock, temperatures, files, and failed services."""
    failed = f'node_systemd_unit_state{{{HOST}, state="failed"}} == 1'
    return "Machine", [
        timeseries(
            Metadata("Clock", "Offset of the clock from its source, and its estimated error.", "s"),
            [
                Query(f"node_timex_offset_seconds{{{HOST}}}", "offset"),
                Query(f"node_timex_estimated_error_seconds{{{HOST}}}", "estimated error"),
            ],
            {"offset": NEUTRAL, "estimated error": WARNING},
            signed=True,
        ),
        timeseries(
            Metadata(
                "Temperatures",
                "Temperatures of sensors and of thermal zones. VMs have neither.",
                "celsius",
            ),
            [
                Query(f"node_hwmon_temp_celsius{{{HOST}}}", "{{chip}} {{sensor}}"),
                Query(f"node_thermal_zone_temp{{{HOST}}}", "{{type}} {{zone}}"),
            ],
        ).no_value("No sensors"),
        timeseries(
            Metadata("Files and entropy", "Open files of the whole system, and bits in its random pool.", "short"),
            [
                Query(f"node_filefd_allocated{{{HOST}}}", "open files"),
                Query(f"node_entropy_available_bits{{{HOST}}}", "random bits"),
            ],
            {"open files": NEUTRAL},
        ),
        timeseries(
            Metadata("Failed services", "Failed systemd units by name. There should be none.", "short"),
            [Query(failed, "{{name}}")],
        ).no_value("None"),
        *_commands(),
    ]


def _commands() -> list[Panel]:
    needs = "Needs the exporter's --collector.processes_top."
    return [
        timeseries(
            Metadata("Busiest commands", f"Cores that the processes of each command use. {needs}", "short"),
            [Query(f"topk(10, rate(vigie_process_cpu_seconds_total{{{HOST}}}[{RATE}]))", "{{command}}")],
        ),
        timeseries(
            Metadata("Largest commands", f"Resident memory of the processes of each command. {needs}", "bytes"),
            [Query(f"topk(10, vigie_process_resident_bytes{{{HOST}}})", "{{command}}")],
        ),
    ]


def containers() -> Section:
    """Return the containers on this host."""
    metadata = Metadata(
        "Containers", "Containers that run on this host. A click on the name opens the container.", "short"
    )
    selector = f'{HOST}, name!=""'
    by = "dc, instance, name"
    names = {"name": CONTAINER_HEADINGS["name"]}
    return "Containers on this host", [
        table(
            metadata,
            names,
            container_columns(selector, by),
            [container_link(CELL)],
            sort="CPU",
            label_styles=CONTAINER_LABEL_STYLES,
        )
    ]


def watching() -> Section:
    """Return the host's monitoring: each collector, the scrape, what the exporter uses."""
    state = {"state": "State"}
    return "Monitoring", [
        table(
            Metadata("Collectors", "State of each collector at the last scrape, and its duration.", "short"),
            {"collector": "Collector"},
            [
                Column("", f"max by (collector, state) (vigie_collector_state{{{HOST}}} == 1)", labels=state),
                Column("Time", f"max by (collector) (node_scrape_collector_duration_seconds{{{HOST}}})", "s"),
            ],
            sort="Time",
        ),
        timeseries(
            Metadata("Scrape", "Duration of the scrape. Its timeout is 5 s.", "s"),
            [Query(f"scrape_duration_seconds{{{HOST}}}", "scrape")],
            {"scrape": NEUTRAL},
        ),
        timeseries(
            Metadata("Series", "Samples of each scrape, and how many of their series were new.", "short"),
            [
                Query(f"scrape_samples_scraped{{{HOST}}}", "samples"),
                Query(f"scrape_series_added{{{HOST}}}", "new series"),
            ],
            {"samples": NEUTRAL, "new series": WARNING},
        ),
        timeseries(
            Metadata("Exporter's CPU", "Share of one core that the exporter itself uses.", "percentunit"),
            [Query(f"rate(process_cpu_seconds_total{{{HOST}}}[{RATE}])", "exporter")],
            {"exporter": NEUTRAL},
        ),
        timeseries(
            Metadata("Exporter's memory", "Resident memory of the exporter itself.", "bytes"),
            [Query(f"process_resident_memory_bytes{{{HOST}}}", "exporter")],
            {"exporter": NEUTRAL},
        ),
    ]
