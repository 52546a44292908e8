"""The Docker daemon: its own endpoint, its board, rules and set-up."""
