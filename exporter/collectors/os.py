"""node_os_*: the distribution, from os-release."""

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Memo, Sample
from exporter.kernel.files import read_text
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines

# os-release(5): the first of them that exists counts.
FILES = ("etc/os-release", "usr/lib/os-release")
LABELS = (
    "build_id", "id", "id_like", "image_id", "image_version", "name",
    "pretty_name", "variant", "variant_id", "version", "version_codename", "version_id",
)  # fmt: skip
INFO = Family(
    "node_os_info",
    "gauge",
    "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, "
    "pretty_name, variant, variant_id, version, version_codename, version_id.",
    LABELS,
)
VERSION = Family(
    "node_os_version", "gauge", "Metric containing the major.minor part of the OS version.", ("id", "id_like", "name")
)
SUPPORT_END = Family(
    "node_os_support_end_timestamp_seconds",
    "gauge",
    "Metric containing the end-of-life date timestamp of the OS.",
)


def parse(text: str) -> dict[str, str]:
    """Return the variables of os-release, quotes removed as a shell would; a line with an open quote is skipped."""
    variables = {}
    for line in split_lines(text):
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            with item(f"os-release, {name}"):
                variables[name] = " ".join(shlex.split(value))
    return variables


def _read(text: str) -> Iterable[Sample]:
    return samples(parse(text))


def samples(release: dict[str, str]) -> Iterable[Sample]:
    """Yield the samples of an os-release; a SUPPORT_END that is not a date is skipped."""
    values = {label: release.get(label.upper(), "") for label in LABELS}
    yield Sample(INFO, 1, tuple(values.values()))
    if version := re.match(r"[0-9]+\.?[0-9]*", values["version_id"]):
        yield Sample(VERSION, float(version[0][:20]), (values["id"], values["id_like"], values["name"]))
    if end := release.get("SUPPORT_END"):
        with item("os-release, SUPPORT_END"):
            yield Sample(SUPPORT_END, datetime.strptime(end, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())


class Os(Collector):
    """Exposes node_os_info, node_os_version and the end of support."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._paths = [roots.root / name for name in FILES]
        self._memo = Memo()

    def page(self) -> bytes:
        """Return the samples; raise NotApplicableError on a host without os-release, OSError when none can be read."""
        failure: Exception = NotApplicableError(f"none of {', '.join(FILES)}")
        for path in self._paths:
            try:
                text = read_text(path).removeprefix("\ufeff")
            except FileNotFoundError:
                continue
            except OSError as error:  # the other may be open to us
                failure = error
                continue
            return self._memo.get(text, partial(_read, text))
        raise failure
