"""Knows what runs where and hands Prometheus its targets."""

__part_of__ = "vigie"
