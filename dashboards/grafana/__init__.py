"""Grafana's objects: what of each is ours, and how its API reads and writes it."""
