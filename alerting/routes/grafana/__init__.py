"""The routes in Grafana's words, for sites where Grafana notifies because there is no Alertmanager."""
