"""What was read of the chain, how reading failed, and what a step says of it."""
