"""What an instance in Consul becomes: a target with labels, a probe, or a refusal."""
