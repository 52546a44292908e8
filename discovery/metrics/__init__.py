"""What discovery says of itself."""
