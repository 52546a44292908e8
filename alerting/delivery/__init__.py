"""Delivers rules and routes to Prometheus and Alertmanager on this machine, and asks Alertmanager about alerts."""
