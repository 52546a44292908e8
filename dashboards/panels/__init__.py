"""What boards are made of: panels, their parts, and the PromQL that several boards share.

What builds a Grafana object bears Grafana's name of it: `timeseries(...)` returns a timeseries panel, `variable(...)` a
variable. A function of `*_promql.py` is named for what its expression measures. All other functions are verbs.
"""
