"""What a machine's management controller (BMC) tells over IPMI."""
