"""The sections of board *Fleet* that have a file of their own."""

from dashboards.panels.query import CHOSEN

ALERTS = f'alertname!="Watchdog", {CHOSEN}'
