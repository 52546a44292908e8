"""What the cloud's metadata service says of this instance, and its notice that the instance will be taken away."""
