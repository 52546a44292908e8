"""The console: the fleet, its hosts, containers, alerts and metrics as pages, read from the servers at each look."""
