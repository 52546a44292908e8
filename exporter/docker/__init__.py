"""The Docker Engine's side of the exporter: which containers there are, and what the daemon says of them."""
