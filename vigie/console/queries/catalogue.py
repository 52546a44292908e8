"""How many series each metric has, for the catalogue of metrics."""

COUNTS = 'count by (__name__) ({__name__!=""})'
QUERIES = {"counts": COUNTS}
