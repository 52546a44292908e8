"""The alert rules, a file for each subject, and what is made of them for Prometheus and for Grafana."""
