"""What is read of Consul: its records, and the threads that follow it."""
