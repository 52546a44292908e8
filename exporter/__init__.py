"""Measures this host and its containers, answers /metrics and announces itself in Consul."""

__part_of__ = "vigie"
