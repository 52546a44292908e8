"""What this host has in Consul: the exporter's own record, and those of its containers' applications."""
