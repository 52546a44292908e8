"""The target files: their content, their folder, and what an operator sees of them."""
