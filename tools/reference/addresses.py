"""The page of HTTP addresses: what each program answers, from its routes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import flask

from discovery.guard.snapshot import Snapshot
from discovery.http.application import make_application
from tools.reference.markdown import code, page, table
from vigie.console.page_registry import load_page_files
from vigie.provision import watch

ROOT = Path(__file__).parents[2]
MEANINGS = {
    "/": "a page that links to the others; the console shows its host map",
    "/metrics": "the program's metrics, text format 0.0.4",
    "/-/healthy": "`ok` while the program runs; needs no password",
    "/-/ready": "200 once it can do its work, else 503 with the reason",
    "/sd/<path:job>": "a job's targets as `http_sd` wants them; `?shard=N&of=M`: a share; 503 before a good state",
    "/targets": "every target with labels, health and status, as a page",
    "/targets.json": "the same as JSON",
    "/data/chart": "the values of one of the console's charts, as JSON",
    "/data/expression": "the values of an expression, as JSON",
    "/static/<path:name>": "the console's own files",
}
INTRO = """\
Only GET and HEAD are answered, except by the console's forms and the inbox. `--web.config.file` puts any of them behind
TLS and passwords. The pages of the console are for people; their addresses stay, their content may change."""


def http_page() -> str:
    """Return the page of all addresses."""
    discovery = addresses_of(make_application(lambda: Snapshot(datacenters=()), bytes))
    parts = [INTRO]
    for title, addresses in (
        ("Exporter, by default `:9100`", exporter_addresses()),
        ("Discovery, by default `127.0.0.1:9110`", discovery),
        ("Provisioner with `drift --watch-interval`, by default `127.0.0.1:9111`", addresses_of(watch.app(bytes))),
        ("Inbox, by default `127.0.0.1:9112`", ["/", "/-/healthy"]),
        ("Console, by default `127.0.0.1:8080`", console_addresses()),
    ):
        rows = ((code(address), meaning(address)) for address in sorted(addresses))
        parts.append(f"## {title}\n\n{table(('address', 'answer'), rows)}")
    return page("HTTP addresses", *parts)


def meaning(address: str) -> str:
    """Return what an address answers."""
    pages = {file.page.address: file.page for file in load_page_files() if file.page is not None}
    if address in MEANINGS:
        return MEANINGS[address]
    return f"the page *{pages[address].title}*"


def addresses_of(web: flask.Flask) -> list[str]:
    """Return the addresses of an application."""
    return [rule.rule for rule in web.url_map.iter_rules()]


def exporter_addresses() -> list[str]:
    """Return the paths that the exporter's pages match, and the default of `--web.telemetry-path`."""
    return ["/metrics", *literals(ROOT / "exporter" / "pages.py", ast.MatchValue)]


def console_addresses() -> list[str]:
    """Return the console's pages and what its application answers besides."""
    pages = [file.page.address for file in load_page_files() if file.page is not None]
    files = (ROOT / "vigie/console/app.py", ROOT / "vigie/console/chart_data.py")
    return [*pages, *(path for file in files for path in literals(file, ast.Call))]


def literals(file: Path, kind: type[ast.AST]) -> Iterator[str]:
    """Yield the paths that stand in patterns, or as the first argument of calls such as `web.get("/metrics")`."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, kind):
            continue
        value = node.value if isinstance(node, ast.MatchValue) else None
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "web.get" and node.args:
            value = node.args[0]
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value
