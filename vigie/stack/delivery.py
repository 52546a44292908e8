"""The commands that bring rules, routes and Grafana to their desired state, one for each server or pair of servers."""

from collections.abc import Iterator
from itertools import zip_longest

from vigie.stack.configurations import password_file, rules_folder
from vigie.stack.layout import Layout
from vigie.stack.stack import OURS


def provision_commands(layout: Layout, *, grafana: bool) -> Iterator[tuple[str, ...]]:
    """Yield one command for each Prometheus, with an Alertmanager while there are some; the first has Grafana too.

    Elsewhere it runs beside each server; here all of them are next door.
    """
    store = ("--datasource-url", layout.url("victoria-metrics")) if layout.settings.shards > 1 else ()
    for prometheus, alertmanager in zip_longest(layout.members("prometheus"), layout.members("alertmanager")):
        first = prometheus == "prometheus"
        rules = ("--rules-dir", str(rules_folder(layout, prometheus)), "--prometheus-url", layout.url(prometheus))
        routes = _routes(layout, alertmanager) if alertmanager else ()
        more = ("--grafana", *store) if grafana and first else ()
        runbooks = ("--runbook-base-url", layout.url("console") + "/runbooks/")
        yield (*OURS, "provision", "apply", "--local", *rules, *runbooks, *routes, *more)


def provision_environment(layout: Layout) -> dict[str, str]:
    """Return where those commands find promtool and, when Grafana is one of our programs, how they sign in."""
    cache = layout.settings.cache
    chosen = {"VIGIE_UP_CACHE": str(cache.absolute())} if cache else {}
    if "grafana" not in layout.servers:
        return chosen
    access = {"VIGIE_GRAFANA_USER": "admin", "VIGIE_GRAFANA_PASSWORD_FILE": str(password_file(layout))}
    return {**chosen, "VIGIE_GRAFANA_URL": layout.url("grafana"), **access}


def _routes(layout: Layout, alertmanager: str) -> tuple[str, ...]:
    file = layout.folder / alertmanager / "alertmanager.yml"
    here = ("--alertmanager-config", str(file), "--alertmanager-url", layout.url(alertmanager))
    return (*here, "--inbox-url", layout.url("inbox") + "/")
