# vigie discovery: reads which instances there are on which nodes, and writes nothing.
# Both rules are needed: without node read every instance is filtered out of the answers.
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
