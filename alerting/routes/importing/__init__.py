"""Brings an existing `alertmanager.yml` over: it becomes `routes.yml`, and alerts reach the same receivers."""
