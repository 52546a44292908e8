"""Makes pages of the reference from what the code declares: settings, commands, metrics, alerts and the rest."""
