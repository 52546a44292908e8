"""The page of the integrations that vigie brings: each with its versions, where it asks, alerts, board and set-up."""

from collections.abc import Iterator

import yaml

from alerting.rules.integrations import RULES
from dashboards import integration_boards
from tools.reference.markdown import code, page, table
from vigie.core.integrations.catalogue import Integration, read_catalogue
from vigie.core.integrations.names import SETUP

COMPARISON = "public-board.md"  # the public board that most people use, panel by panel, and what ours has
INTRO = """\
What vigie knows by itself, see [Integrations](../how-to/integrations.md). A new one is a folder in `integrations/`.
Every integration has the alerts `IntegrationDown` and `IntegrationDenied`, too. Queries of public boards work, because
the metrics have their usual names. The label `integration` takes the place of `job`."""


def integrations_page() -> str:
    """Return the page of all integrations."""
    known = read_catalogue().integrations
    boards = {
        file.integration: integration_boards.load(file, runs_python=False)
        for file in integration_boards.list_files(None)
    }
    rows = (
        (code(name), each.manifest.about, ", ".join(each.manifest.tried), source(each)) for name, each in known.items()
    )
    overview = table(("integration", "what it tells", "tried with", "metrics from"), rows)
    sections = (section(each, boards.get(name)) for name, each in known.items())
    return page("Known integrations", INTRO, overview, *sections)


def section(integration: Integration, board: dict[str, object] | None) -> str:
    """Return the section of one integration."""
    manifest = integration.manifest
    facts = [
        ("in containers", f"{code(f'vigie.integration={manifest.name}')}"),
        ("looks like it: images", ", ".join(map(code, manifest.detect.images))),
        ("looks like it: processes", ", ".join(map(code, manifest.detect.processes))),
        ("alerts", ", ".join(map(code, alerts(integration)))),
        ("alerts with limits in `thresholds.yml`", ", ".join(map(code, manifest.limits))),
        ("board", f"*{board['title']}*" if board else ""),
        ("set-up, and how to undo it", setup(integration)),
    ]
    parts = [f"## {manifest.title}", table(("fact", "value"), (fact for fact in facts if fact[1]))]
    comparison = integration.folder / COMPARISON
    if comparison.exists():
        _, _, text = comparison.read_text().partition("\n")
        parts.append(f"### Its board beside a public one\n\n{text.strip()}")
    return "\n\n".join(parts)


def source(integration: Integration) -> str:
    """Return where the metrics come from, in words."""
    manifest = integration.manifest
    if manifest.check:
        return f"a check of port {manifest.port}"
    return f"its own endpoint, port {manifest.port}, {code(manifest.page.path)}"


def alerts(integration: Integration) -> Iterator[str]:
    """Yield the names of its alerts."""
    path = integration.folder / RULES
    document = yaml.safe_load(path.read_text()) if path.exists() else {}
    for group in document.get("groups", ()):
        yield from (rule["alert"] for rule in group["rules"] if "alert" in rule)


def setup(integration: Integration) -> str:
    """Return a link to the page of set-up, "" where there is none."""
    has_page = (integration.folder / SETUP).exists()
    return f"[{integration.manifest.title}](../../integrations/{integration.manifest.name}/{SETUP})" if has_page else ""
