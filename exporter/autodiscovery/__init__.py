"""Applications in containers: what their labels ask for becomes services in Consul."""
