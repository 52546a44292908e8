"""The supervisor: gets the real servers, starts them in order, proves the chain, and keeps them running."""
