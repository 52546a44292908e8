"""Checks PromQL against the metrics that exist."""
