"""Says what is wrong and who hears of it: rules, runbooks, routes, downtimes."""

__part_of__ = "vigie"
