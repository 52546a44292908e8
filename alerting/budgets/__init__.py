"""The most series that a job, team or host may have: `budgets.yml`, and the recording rules that are made of it."""
