"""One datacenter: what is read of it, and what is kept."""
