"""Runs the checks of integrations: each server is a target of its own, beside the host's page."""
