"""Redis and Valkey: master, replica, sentinel and cluster."""
