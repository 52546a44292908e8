"""Describes boards and brings Grafana's folders, data sources and boards to that state."""

__part_of__ = "vigie"
