"""Brings rules and routes to the servers next door, and asks those servers about alerts."""
