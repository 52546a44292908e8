"""How many series who may have: `budgets.yml`, and the recording rules that are made of it."""
