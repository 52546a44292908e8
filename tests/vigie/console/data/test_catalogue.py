"""The catalogue of metrics."""

from vigie.console.data import catalogue
from vigie.console.data.prometheus import Sample


def test_the_catalogue():
    metadata = {"http_seconds": [{"type": "histogram", "help": "Time of a request.", "unit": ""}]}
    samples = [Sample({"__name__": name}, 3) for name in ("http_seconds_bucket", "node_disk_read_bytes_total", "up")]
    metrics = catalogue.to_metrics(metadata, samples)
    assert [(metric.name, metric.type, metric.unit, metric.series) for metric in metrics] == [
        ("http_seconds_bucket", "histogram", "seconds", 3),
        ("node_disk_read_bytes_total", "", "bytes", 3),
        ("up", "", "", 3),
    ]
    assert [metric.name for metric in catalogue.filter_metrics(metrics, "request HTTP")] == ["http_seconds_bucket"]
    assert [catalogue.plot_expression(metric) for metric in metrics] == [
        "histogram_quantile(0.95, sum by (le) (rate(http_seconds_bucket[5m])))",
        "rate(node_disk_read_bytes_total[5m])",
        "up",
    ]
