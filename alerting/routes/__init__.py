"""Who hears of what: `routes.yml`, and the configuration of Alertmanager that is made from it."""
