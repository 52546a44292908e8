# `vigie doctor`: reads who is registered and how healthy it is, and writes nothing. The console asks Consul nothing.
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
