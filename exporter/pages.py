"""What the exporter answers on each path."""

import html
import posixpath
import threading
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from time import monotonic
from urllib.parse import urlencode

from exporter.exposition.text import CONTENT_TYPE, Family, Sample, render
from exporter.http.http_messages import Request, Response
from exporter.integrations.targets import CHECKS_PATH
from exporter.runner import Runner
from vigie import __version__
from vigie.core.thread_restarts import restart_counts

HEALTHY = Response(HTTPStatus.OK, b"ok\n")
NOT_READY = Response(HTTPStatus.SERVICE_UNAVAILABLE, b"leaving\n")
NOT_FOUND = Response(HTTPStatus.NOT_FOUND, b"404 page not found\n")
HTML = "text/html; charset=utf-8"
STYLE = "default-src 'none'; style-src 'unsafe-inline'"
CONFIG_ERRORS = Family(
    "vigie_web_config_errors_total",
    "counter",
    "Versions of the web configuration that could not be used; the last good one stays.",
)
THREAD_RESTARTS = Family(
    "vigie_exporter_thread_restarts_total",
    "counter",
    "Threads that died of something unexpected, and began anew.",
    ("thread",),
)


class Pages:
    """The handler of the exporter's server."""

    def __init__(
        self,
        runner: Runner,
        metrics_path: str,
        deadline_seconds: float,
        sources: Sequence[Callable[[], bytes]] = (),
        max_requests: int = 0,
        checks: Callable[[str], bytes | None] | None = None,
    ) -> None:
        """Take what to answer with; `sources` give further parts of the page, such as the process's own metrics.

        `checks` gives the page of a server that is checked, by its name. Of `max_requests` scrapes at once the next
        is refused; 0 sets no limit.
        """
        self._runner = runner
        self._metrics_path = metrics_path
        self._deadline_seconds = deadline_seconds
        self._sources = sources
        self._checks = checks
        self._places = threading.BoundedSemaphore(max_requests) if max_requests else None
        self._full = f"Limit of concurrent requests reached ({max_requests}), try again later.\n".encode()
        self.is_leaving = False

    def __call__(self, request: Request) -> Response:
        """Return the answer to one request."""
        clean = clean_path(request.path)
        if clean != request.path:
            query = urlencode(request.query, doseq=True)
            location = f"{clean}?{query}" if query else clean
            return Response(HTTPStatus.MOVED_PERMANENTLY, b"", headers=(("Location", location),))
        match request.path:
            case self._metrics_path:
                return self._limited_metrics(request)
            case "/-/healthy":
                return HEALTHY
            case "/-/ready":
                return NOT_READY if self.is_leaving else HEALTHY
            case "/":
                return Response(HTTPStatus.OK, self._landing(), HTML, (("Content-Security-Policy", STYLE),))
        return self._checked(request.path)

    def _checked(self, path: str) -> Response:
        page = None
        if self._checks is not None and path.startswith(CHECKS_PATH):
            page = self._checks(path.removeprefix(CHECKS_PATH))
        return NOT_FOUND if page is None else Response(HTTPStatus.OK, page, CONTENT_TYPE)

    def _limited_metrics(self, request: Request) -> Response:
        if self._places is None:
            return self._metrics(request)
        if not self._places.acquire(blocking=False):
            return Response(HTTPStatus.SERVICE_UNAVAILABLE, self._full)
        try:
            return self._metrics(request)
        finally:
            self._places.release()

    def _metrics(self, request: Request) -> Response:
        began = monotonic()
        try:
            names = choose(list(self._runner.collectors), request.query)
        except ValueError as error:
            return Response(HTTPStatus.BAD_REQUEST, f"{error}\n".encode())
        beside = b"".join(source() for source in self._sources)
        try:
            page = self._runner.scrape(names, self._deadline_seconds - (monotonic() - began), beside)
        except TimeoutError as error:
            return Response(HTTPStatus.SERVICE_UNAVAILABLE, f"{error}\n".encode())
        return Response(HTTPStatus.OK, page, CONTENT_TYPE)

    def _landing(self) -> bytes:
        metrics = html.escape(self._metrics_path, quote=True)
        collectors = ", ".join(html.escape(name) for name in self._runner.collectors)
        return (
            "<!doctype html><html lang=en><meta charset=utf-8><title>vigie exporter</title>"
            "<style>body{font:1rem/1.5 sans-serif;margin:2rem;max-width:50rem;color-scheme:light dark}</style>"
            f"<h1>vigie exporter</h1><p>version {__version__}</p>"
            f'<p><a href="{metrics}">Metrics</a> · <a href="/-/healthy">healthy</a> · <a href="/-/ready">ready</a></p>'
            f"<p>Collectors: {collectors}</p></html>\n"
        ).encode()


def clean_path(path: str) -> str:
    """Return a path as Go's server cleans it: `//metrics` and `/./metrics` are `/metrics`; a slash at the end stays."""
    clean = posixpath.normpath(f"/{path.lstrip('/')}")
    return f"{clean}/" if path.endswith("/") and clean != "/" else clean


def thread_restarts_page() -> bytes:
    """Return how often each of our threads began anew."""
    return render([Sample(THREAD_RESTARTS, count, (thread,)) for thread, count in sorted(restart_counts().items())])


def config_errors_page(errors: int) -> bytes:
    """Return how many versions of the web configuration could not be used."""
    return render([Sample(CONFIG_ERRORS, errors)])


def choose(enabled: Sequence[str], query: Mapping[str, list[str]]) -> Sequence[str]:
    """Return the collectors that `collect[]` or `exclude[]` leave; raise ValueError with node_exporter's answers."""
    included, excluded = query.get("collect[]", []), query.get("exclude[]", [])
    if included and excluded:
        raise ValueError("Combined collect and exclude queries are not allowed.")
    for name in included:
        if name not in enabled:
            raise ValueError(f"Couldn't create filtered metrics handler: missing or disabled collector: {name}")
    if included:
        return [name for name in enabled if name in included]
    return [name for name in enabled if name not in excluded]
