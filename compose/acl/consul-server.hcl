# The Consul servers' own agents: keep their nodes in the catalog that they hold.
node_prefix "" { policy = "write" }
service_prefix "" { policy = "read" }
