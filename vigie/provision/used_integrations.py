"""Which integrations are used: rules and boards of the others would only be in the way, and are not delivered."""

import structlog

from vigie.core.builtin import builtin
from vigie.core.errors import ProblemError, UsageProblemError, sentence
from vigie.core.http.client import HttpClient, patient_for
from vigie.core.integrations.catalogue import read_catalogue
from vigie.core.integrations.names import FOLDER
from vigie.core.settings import ServerAccess
from vigie.core.site_folder import within
from vigie.provision.integration_hold import hold_integrations
from vigie.reconcile.declaration import Inputs
from vigie.reconcile.hold import Hold

# A server that is down keeps its target; one that went for some hours does not take its board along.
# All targets are asked for: a Prometheus that has scraped nothing yet must not be taken for one without integrations.
QUERY = "count by (integration) (last_over_time(up[1d]))"
log = structlog.get_logger()


def narrow(inputs: Inputs, prometheus: ServerAccess, timeout_seconds: float) -> Inputs:
    """Return the inputs with the integrations that are used: by a target, by the settings, or by the site folder.

    Where a Prometheus does not say what it scrapes, what is delivered of the others stays as it is. Raises
    UsageProblemError for a setting that names none.
    """
    catalogue = read_catalogue(within(inputs.site, FOLDER))
    for name in inputs.settings.integrations:
        if name not in catalogue.integrations:
            raise UsageProblemError(f"integrations: {name!r} is none: expected of {catalogue.expected()}")
    own = {name for name, each in catalogue.integrations.items() if each.folder.parent != builtin(FOLDER)}
    used = own.union(inputs.settings.integrations)
    if used >= catalogue.integrations.keys():
        return inputs._replace(integrations=frozenset(used))
    untold = []
    for url in prometheus.url:
        try:
            with HttpClient(prometheus, patient_for(timeout_seconds), [url]) as server:
                used |= _ask(server)
        except ProblemError as error:
            untold.append(sentence(error))
    if untold:
        log.warning("integrations stay as they were delivered", error="; ".join(untold))
    is_known = bool(prometheus.url) and not untold
    hold = Hold() if is_known else hold_integrations(catalogue.integrations.keys() - used)
    return inputs._replace(integrations=frozenset(used), hold=inputs.hold.join(hold))


def _ask(server: HttpClient) -> set[str]:
    """Return the integrations of its targets; raises ProblemError where the answer does not tell all of them."""
    answer = server.get_json("/api/v1/query", query=QUERY)
    try:
        is_whole = not answer.get("warnings") and not answer.get("isPartial")
        names = [series["metric"].get("integration", "") for series in answer["data"]["result"]]
    except (AttributeError, KeyError, TypeError) as error:
        raise server.unexpected("expected the result of a query") from error
    if not is_whole:
        raise server.unexpected("its answer is not whole: expected one without warnings")
    if not names:
        raise server.unexpected("it has scraped nothing within a day: expected at least one target")
    return {name for name in names if name}
