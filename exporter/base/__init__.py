"""What every collector is built on: its base class, and what the host supplies."""
