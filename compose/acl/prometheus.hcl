# Prometheus: reads the metrics of the Consul servers (/v1/agent/metrics), and nothing of the catalog.
agent_prefix "" { policy = "read" }
