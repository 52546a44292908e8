"""Puts alert rules to the history of a Prometheus: when they would have fired, for whom, and who would have heard."""
