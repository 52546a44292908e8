"""Brings Grafana's folders, data sources and boards to their desired state through its API."""
