"""What is asked of a server, and which column is which metric: the names are those of postgres_exporter 0.19.

https://github.com/prometheus-community/postgres_exporter
A metric is called by its statement and its column, or by its statement alone where the column is `this`.
"""

from dataclasses import dataclass, field
from functools import cached_property

from exporter.exposition.text import Family, Kind

SERVER = "server"  # the label of the exporter's older metrics: host and port, as the check reaches them
THIS = "this"
NEWEST = 1_000


@dataclass(frozen=True)
class Statement:
    """One SELECT: its columns by the type of their metrics, and where they come from.

    `collector` is how postgres_exporter calls its part that gives them, empty for its older ones. `null` is what
    NULL means, None: no series. `since` and `until` are major versions, `until` the first without it.
    """

    name: str
    source: str
    labels: str = ""
    gauges: str = ""
    counters: str = ""
    untyped: str = ""
    collector: str = ""
    expressions: dict[str, str] = field(default_factory=dict)
    null: float | None = 0
    since: int = 0
    until: int = NEWEST

    @property
    def is_old(self) -> bool:
        """Whether its metrics have the label `server`."""
        return not self.collector

    @cached_property
    def label_names(self) -> tuple[str, ...]:
        """The labels of each of its metrics."""
        return (*self.labels.split(), *([SERVER] if self.is_old else []))

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """Its metrics, in the order of the columns behind the labels."""
        kinds: tuple[tuple[Kind, str], ...] = (
            ("gauge", self.gauges),
            ("counter", self.counters),
            ("untyped", self.untyped),
        )
        return tuple(self._family(column, kind) for kind, columns in kinds for column in columns.split())

    def _family(self, column: str, kind: Kind) -> Family:
        name = self.name if column == THIS else f"{self.name}_{column}"
        text = self.name if column == THIS else f"{column} of {self.name}"
        return Family(f"pg_{name}", kind, f"PostgreSQL: {text}.", self.label_names)

    @cached_property
    def sql(self) -> str:
        """The statement, as it is sent."""
        names = f"{self.labels} {self.gauges} {self.counters} {self.untyped}".split()
        columns = ", ".join(
            f"{self.expressions[name]} AS {name}" if name in self.expressions else name for name in names
        )
        return f"SELECT {columns} FROM {self.source}"  # noqa: S608 - nothing in it comes from outside


def epoch(*columns: str) -> dict[str, str]:
    """Return expressions for points in time: seconds since 1970 without fractions, 0 for never."""
    return {column: f"coalesce(floor(extract(epoch FROM {column})), 0)::bigint" for column in columns}
