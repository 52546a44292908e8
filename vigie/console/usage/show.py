"""Shows a report: a table for each of job, team, host and metric, or JSON."""

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vigie.console.usage.report import Report, Scope, Usage

SCOPES: tuple[Scope, ...] = ("job", "team", "host")
WIDE = 160  # of a pipe, so that a row is a line


def tables(report: Report, top: int) -> None:
    """Print the tables, the first `top` of each, and what is over its budget whatever its place."""
    plain = Console()
    console = plain if plain.is_terminal else Console(width=WIDE)
    for scope in SCOPES:
        rows = report.of(scope)
        if rows:
            shown = rows[:top] + tuple(usage for usage in rows[top:] if usage.is_over)
            console.print(_table(scope, shown, report.of("total")))
            if len(rows) > len(shown):
                console.print(f"  and {len(rows) - len(shown)} more", style="dim")
    table = Table("metric", "series", box=None, header_style="bold", title_justify="left")
    table.columns[1].justify = "right"
    for metric in report.metrics[:top]:
        table.add_row(_plain(metric.name), f"{metric.series:,}")
    console.print(table)
    over = report.over()
    if over:
        console.print(Text(f"{len(over)} over their budget: " + ", ".join(map(_name, over)), style="bold red"))


def as_json(report: Report, top: int) -> str:
    """Return the report as JSON, the first `top` of each."""
    kept = [usage for scope in ("total", *SCOPES) for usage in report.of(scope)[:top]]
    kept += [usage for usage in report.over() if usage not in kept]
    usages = [msgspec.to_builtins(usage) | {"over": usage.is_over} for usage in kept]
    metrics = [msgspec.to_builtins(metric) for metric in report.metrics[:top]]
    return msgspec.json.format(msgspec.json.encode({"usages": usages, "metrics": metrics}), indent=2).decode()


def _table(scope: Scope, rows: tuple[Usage, ...], total: tuple[Usage, ...]) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column(scope)
    for title in ("series", "budget", "used", "samples/s", "in a day", "in a week"):
        table.add_column(title, justify="right")
    for usage in (*rows, *(total if scope == "job" else ())):
        style = "bold red" if usage.is_over else ""
        table.add_row(
            _name(usage) if usage.scope != "total" else Text("all", style="dim"),
            f"{usage.series:,.0f}",
            f"{usage.budget:,}" if usage.budget else "-",
            f"{100 * usage.series / usage.budget:.0f} %" if usage.budget else "-",
            f"{usage.samples_per_second:,.1f}",
            growth(usage.series, usage.day_ago, is_known=all(each.day_ago is not None for each in total)),
            growth(usage.series, usage.week_ago, is_known=all(each.week_ago is not None for each in total)),
            style=style,
        )
    return table


def growth(now: float, before: float | None, *, is_known: bool = True) -> str:
    """Return how much more it is than before, such as `+120 (+3 %)`.

    It is `new` when there was nothing, and `-` when Prometheus has no data of that time.
    """
    if before is None:
        return "new" if is_known else "-"
    change = now - before
    share = f" ({100 * change / before:+.0f} %)" if before and change else ""
    return f"{change:+,.0f}{share}" if change else "0"


def _name(usage: Usage) -> str:
    name = f"{usage.name} ({usage.dc})" if usage.dc else usage.name or "all"
    return _plain(name)


def _plain(text: str) -> str:
    """Return outside text without terminal codes and rich's markup."""
    return "".join(character if character.isprintable() else "�" for character in text).replace("[", r"\[")
