"""What differs between our page and node_exporter's of the same tree, each with its reason."""

import math
import re

from tests.bench.exposition import parse

FAMILIES_LEAST, SERIES_LEAST, VALUES_LEAST = 0.99, 0.99, 0.995
MOST_SHOWN = 40
# Not of the tree: the program itself, durations, clocks.
PROGRAMS_OWN = r"go_.*|process_.*|promhttp_.*|node_exporter_build_info|node_scrape_collector_duration_seconds"
PROGRAMS_OWN += r"|node_time_(seconds|zone_.*)|vigie_.*"
# Of the machine that recorded the page: node_exporter asks the kernel, wherever its --path.procfs lies.
PROGRAMS_OWN += r"|node_network_(receive|transmit)_.*"
NODE_EXPORTER = {}
PROCFS = {}


def compare(title, ours, theirs, reasons):
    """Print how much of their page ours has, and each difference; return whether the figures are high enough.

    `reasons` maps regular expressions that match a whole family's name to why it differs.
    """
    (our_series, our_types), (their_series, their_types) = parse(ours), parse(theirs)
    their_series = {key: value for key, value in their_series.items() if not re.fullmatch(PROGRAMS_OWN, key[0])}
    our_series = {key: value for key, value in our_series.items() if not re.fullmatch(PROGRAMS_OWN, key[0])}
    their_types = {name: kind for name, kind in their_types.items() if not re.fullmatch(PROGRAMS_OWN, name)}
    missing = [key for key in their_series if key not in our_series]
    unequal = [key for key, value in their_series.items() if key in our_series and not is_equal(our_series[key], value)]
    extra = [key for key in our_series if key not in their_series]
    wrong_types = [name for name, kind in their_types.items() if our_types.get(name) != kind]
    common = len(their_series) - len(missing)
    shares = (
        1 - len(wrong_types) / len(their_types), common / len(their_series), (common - len(unequal)) / common,
    )  # fmt: skip
    print(f"\n{title}: {len(their_types)} families, {len(their_series)} series")
    print("families and types {:.2%}, series {:.2%}, values {:.2%}".format(*shares))
    unexplained = 0
    for what, keys in (
        ("type", [(name, frozenset()) for name in wrong_types]),
        ("missing", missing),
        ("unequal", unequal),
        ("only ours", extra),
    ):
        unexplained += show(what, keys, reasons, our_series, their_series)
    least = (FAMILIES_LEAST, SERIES_LEAST, VALUES_LEAST)
    return not unexplained and all(share >= bound for share, bound in zip(shares, least, strict=True))


def is_equal(ours, theirs):
    return (math.isnan(ours) and math.isnan(theirs)) or math.isclose(ours, theirs, rel_tol=1e-12)


def show(what, keys, reasons, ours, theirs):
    """Print the differences of one kind, those that have a reason by the reason; return how many have none."""
    explained, rest = {}, []
    for key in keys:
        reason = next((reason for pattern, reason in reasons.items() if re.fullmatch(pattern, key[0])), None)
        if reason is None:
            rest.append(key)
        else:
            explained[reason] = explained.get(reason, 0) + 1
    for reason, count in explained.items():
        print(f"  {what}: {count}: {reason}")
    for name, labels in rest[:MOST_SHOWN]:
        pairs = ",".join(f'{key}="{value}"' for key, value in sorted(labels))
        values = f"ours {ours.get((name, labels))}, theirs {theirs.get((name, labels))}"
        print(f"  {what}: {name}{{{pairs}}}: {values}: NO REASON")
    if len(rest) > MOST_SHOWN:
        print(f"  {what}: {len(rest) - MOST_SHOWN} more without a reason")
    return len(rest)
