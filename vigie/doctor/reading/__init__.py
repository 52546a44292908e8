"""What is asked of each server; nothing here judges."""
