"""Where an Alertmanager's receivers lead, and whether they can be reached."""
