"""Reads each server; nothing here judges."""
