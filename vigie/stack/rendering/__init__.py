"""Fills in the configurations that the containers of one machine read, by the same functions as `vigie up`."""
