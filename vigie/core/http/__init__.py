"""HTTP as a client."""
