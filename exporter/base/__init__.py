"""What every collector is built on: its base class, and the host that it reads."""
