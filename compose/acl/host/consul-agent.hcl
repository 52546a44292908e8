# The Consul agent of one machine: keeps its own node in the catalog.
${node} "${host}" { policy = "write" }
service_prefix "" { policy = "read" }
