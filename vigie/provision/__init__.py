"""Brings Grafana, rules and routes to their desired state: `vigie provision`, `vigie lint` and their kin."""
