# The console and `vigie doctor`: read who is registered and how healthy it is, and write nothing.
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
