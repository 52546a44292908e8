"""What runs on the machines: one folder for each piece of software, found by walking."""
