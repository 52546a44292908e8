# The exporter of one machine: its own service, those of its containers, and a look at its own node.
service "vigie-exporter" { policy = "write" }
service_prefix "app-" { policy = "write" }
${node} "${host}" { policy = "read" }
# The node's name and address, from its agent.
${agent} "${host}" { policy = "read" }
