"""The text format 0.0.4: printed, read, and merged."""
