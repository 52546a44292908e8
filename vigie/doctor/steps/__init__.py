"""The links of the chain in their order, a file each."""

from collections.abc import Sequence

from vigie.doctor.findings.verdict import Step
from vigie.doctor.steps import (
    agent,
    alertmanager,
    boards,
    clock,
    configuration,
    consul,
    discovery,
    fresh,
    healthy,
    labels,
    loaded,
    page,
    prometheus,
    receiver,
    registered,
    route,
    rules,
    scraped,
    target,
)

STEPS: Sequence[Step] = tuple(
    one.STEP
    for one in (
        *(agent, page, consul, registered, healthy, discovery, target, prometheus, loaded, scraped, fresh, clock),
        *(labels, rules, boards, alertmanager, configuration, route, receiver),
    )
)
