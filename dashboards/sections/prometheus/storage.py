"""Board *Prometheus and Alertmanager*: what Prometheus takes in, and what it stores."""

from dashboards.panels.board import Section
from dashboards.panels.metadata import Metadata
from dashboards.panels.query import Query
from dashboards.panels.timeseries import timeseries
from dashboards.sections.prometheus import PROMETHEUS, rate


def ingestion() -> Section:
    """Return samples, series and refused scrapes."""

    def lost(name: str) -> Query:
        return Query(rate(f"prometheus_target_scrapes_{name}_total", by=""), name.replace("_", " "))

    return "Ingestion", [
        timeseries(
            Metadata("Samples", "Samples that each server ingests per second.", "short"),
            [Query(rate("prometheus_tsdb_head_samples_appended_total"), "{{instance}}")],
        ),
        timeseries(
            Metadata(
                "Series in memory",
                "Series in memory. Both servers of a pair should have about the same number.",
                "short",
            ),
            [Query(f"prometheus_tsdb_head_series{{{PROMETHEUS}}}", "{{instance}}")],
        ),
        timeseries(
            Metadata("Churn", "Series created and removed per second. A new series costs memory for two hours.", "ops"),
            [
                Query(rate("prometheus_tsdb_head_series_created_total"), "{{instance}} created"),
                Query(rate("prometheus_tsdb_head_series_removed_total"), "{{instance}} removed"),
            ],
        ),
        timeseries(
            Metadata("Refused samples", "Scrapes per second with refused samples, by reason.", "ops"),
            [
                lost("exceeded_sample_limit"),
                lost("sample_out_of_order"),
                lost("sample_out_of_bounds"),
                lost("sample_duplicate_timestamp"),
            ],
        ),
        timeseries(
            Metadata(
                "Scrape intervals", "Actual time between scrapes at the 99th percentile, by configured interval.", "s"
            ),
            [
                Query(
                    f'max by (interval) (prometheus_target_interval_length_seconds{{{PROMETHEUS}, quantile="0.99"}})',
                    "{{interval}}",
                )
            ],
        ),
        timeseries(
            Metadata("Scrape pools", "Targets by scrape pool.", "short"),
            [Query(f"sum by (scrape_job) (prometheus_target_scrape_pool_targets{{{PROMETHEUS}}})", "{{scrape_job}}")],
            stacked=True,
        ),
    ]


def storage() -> Section:
    """Return blocks, chunks, the write-ahead log and failures."""
    failures = {
        "tsdb_compactions_failed": "compactions",
        "tsdb_wal_corruptions": "corrupt log",
        "tsdb_reloads_failures": "reloads",
        "tsdb_checkpoint_creations_failed": "checkpoints",
    }
    return "Storage", [
        timeseries(
            Metadata("Blocks on disk", "Bytes of all blocks.", "bytes"),
            [Query(f"prometheus_tsdb_storage_blocks_bytes{{{PROMETHEUS}}}", "{{instance}}")],
        ),
        timeseries(
            Metadata("Chunks in memory", "Chunks that are not in a block yet.", "short"),
            [Query(f"prometheus_tsdb_head_chunks{{{PROMETHEUS}}}", "{{instance}}")],
        ),
        timeseries(
            Metadata("Storage failures", "Failures per second. There should be none.", "ops"),
            [Query(rate(f"prometheus_{name}_total", by=""), legend) for name, legend in failures.items()],
        ),
        timeseries(
            Metadata("Log writes", "Pages of the write-ahead log written per second.", "ops"),
            [Query(rate("prometheus_tsdb_wal_page_flushes_total"), "{{instance}}")],
        ),
    ]
