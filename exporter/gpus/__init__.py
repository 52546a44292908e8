"""What graphics processors tell of themselves."""
