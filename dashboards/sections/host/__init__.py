"""The sections of board *Host*, one file each, from a glance at the top down to its monitoring."""

HOST = 'job="node", dc="$dc", instance="$instance"'
ALERTS = 'alertname!="Watchdog", dc="$dc", host="$instance"'
CORES = f'count(node_cpu_seconds_total{{{HOST}, mode="idle"}})'
