"""Which targets stay when Consul no longer has them: pure functions, and the state over a restart."""
