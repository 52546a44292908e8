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
            shown = rows[:top] + tuple(one for one in rows[top:] if one.is_over)
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
    kept = [one for scope in ("total", *SCOPES) for one in report.of(scope)[:top]]
    kept += [one for one in report.over() if one not in kept]
    usages = [msgspec.to_builtins(one) | {"over": one.is_over} for one in kept]
    metrics = [msgspec.to_builtins(one) for one in report.metrics[:top]]
    return msgspec.json.format(msgspec.json.encode({"usages": usages, "metrics": metrics}), indent=2).decode()


def _table(scope: Scope, rows: tuple[Usage, ...], total: tuple[Usage, ...]) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column(scope)
    for title in ("series", "budget", "used", "samples/s", "in a day", "in a week"):
        table.add_column(title, justify="right")
    for one in (*rows, *(total if scope == "job" else ())):
        style = "bold red" if one.is_over else ""
        table.add_row(
            _name(one) if one.scope != "total" else Text("all", style="dim"),
            f"{one.series:,.0f}",
            f"{one.budget:,}" if one.budget else "-",
            f"{100 * one.series / one.budget:.0f} %" if one.budget else "-",
            f"{one.samples_per_second:,.1f}",
            growth(one.series, one.day_ago, is_known=all(each.day_ago is not None for each in total)),
            growth(one.series, one.week_ago, is_known=all(each.week_ago is not None for each in total)),
            style=style,
        )
    return table


def growth(now: float, before: float | None, *, is_known: bool = True) -> str:
    """Return how much more it is than before, such as `+120 (+3 %)`.

    It is `new` when there was nothing, and `-` when that is not known, as by a Prometheus that is younger.
    """
    if before is None:
        return "new" if is_known else "-"
    change = now - before
    share = f" ({100 * change / before:+.0f} %)" if before and change else ""
    return f"{change:+,.0f}{share}" if change else "0"


def _name(one: Usage) -> str:
    name = f"{one.name} ({one.dc})" if one.dc else one.name or "all"
    return _plain(name)


def _plain(text: str) -> str:
    """Return outside text without what a terminal, or rich, would obey."""
    return "".join(one if one.isprintable() else "�" for one in text).replace("[", r"\[")
