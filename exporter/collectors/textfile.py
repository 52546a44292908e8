"""node_textfile_*: metrics that others leave in `*.prom` files, and which of those files are refused and why."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import msgspec
import structlog

from exporter.base.calls import Clock
from exporter.base.collector import LastCollector, Options
from exporter.base.roots import Roots
from exporter.exposition.merge import Merged, merge, names_in, names_on
from exporter.exposition.text import Family, Sample, render
from exporter.exposition.text_files import Refusal, TextFile, TextFiles
from exporter.exposition.text_format import Parsed
from vigie.core.settings import Duration

log = structlog.get_logger()

MTIME = Family("node_textfile_mtime_seconds", "gauge", "Unixtime mtime of textfiles successfully read.", ("file",))
ERROR = Family("node_textfile_scrape_error", "gauge", "1 if there was an error opening or reading a file, 0 otherwise")
REFUSED = Family(
    "vigie_textfile_refused",
    "gauge",
    "What of a text file is not on this page, by reason: 1 for the whole file, else its series that are left out.",
    ("file", "reason"),
)
REFUSED_TOTAL = Family(
    "vigie_textfile_refused_total", "counter", "Versions of text files that were refused, whole or in part."
)
OWN = b"".join(family.header() for family in (MTIME, ERROR, REFUSED, REFUSED_TOTAL))
WITHOUT_FOLDER = render([Sample(ERROR, 0)])


class TextfileOptions(Options, frozen=True, kw_only=True):
    """Which folders are read, and which of their files are not."""

    directory: Annotated[
        tuple[str, ...], msgspec.Meta(description="Folder with *.prom files, or a pattern of folders; repeatable.")
    ] = ()
    max_age: Annotated[
        Duration, msgspec.Meta(ge=0, description="Refuse files that were last written longer ago; 0 sets no limit.")
    ] = 0.0
    max_bytes: Annotated[int, msgspec.Meta(gt=0, description="Refuse files that are larger.")] = 4 << 20


class Textfile(LastCollector):
    """Adds the families of text files to the page, each where it clashes with nothing."""

    options_type = TextfileOptions

    def __init__(self, roots: Roots, clock: Clock, options: object = None) -> None:
        super().__init__(roots, options)
        self._clock = clock
        self._files = TextFiles(self.options.directory, self.options.max_bytes)
        self._merged: tuple[object, Merged] = (None, Merged(b"", ()))
        self._counted: set[tuple[object, ...]] = set()
        self._refused_total = 0

    def page_after(self, rest: Callable[[], bytes]) -> bytes:
        """Return the families of the files that are not on the rest of the page, and how the files fared."""
        if not self.options.directory:
            return WITHOUT_FOLDER
        files = [self._judge_age(file) for file in self._files.look()]
        merged = self._merge([file for file in files if isinstance(file.content, Parsed)], rest)
        refusals = [file.content for file in files if isinstance(file.content, Refusal)] + list(merged.refusals)
        self._count(refusals, {file.path: file.version for file in files})
        return merged.page + render(self._report(files, refusals))

    def _judge_age(self, file: TextFile) -> TextFile:
        age_seconds = self._clock.now() - file.mtime_seconds
        if isinstance(file.content, Refusal) or not 0 < self.options.max_age < age_seconds:
            return file
        message = f"last written {age_seconds:.0f} s ago"
        return file._replace(content=Refusal(file.path, "stale", message))

    def _merge(self, files: Sequence[TextFile], rest: Callable[[], bytes]) -> Merged:
        """Return the merged files; they are merged again only when one of them, or what they clash with, changed."""
        if not files:
            return Merged(b"", ())
        texts = [(file.path, file.content) for file in files if isinstance(file.content, Parsed)]
        taken = names_on(OWN + rest()) & names_in(text for _, text in texts)
        key = (taken, [(file.path, file.version) for file in files])
        if key != self._merged[0]:
            self._merged = (key, merge(texts, taken))
        return self._merged[1]

    def _report(self, files: Iterable[TextFile], refusals: Sequence[Refusal]) -> Iterable[Sample]:
        for file in files:
            if isinstance(file.content, Parsed) or file.content.reason == "stale":
                yield Sample(MTIME, file.mtime_seconds, (file.path,))
        yield Sample(ERROR, int(bool(refusals)))
        yield from (Sample(REFUSED, refusal.amount, (refusal.file, refusal.reason)) for refusal in refusals)
        yield Sample(REFUSED_TOTAL, self._refused_total)

    def _count(self, refusals: Iterable[Refusal], versions: dict[str, tuple[int, ...]]) -> None:
        """Count and log each refusal once for each version of its file."""
        self._counted = {event for event in self._counted if versions.get(str(event[0])) == event[2]}
        for refusal in refusals:
            event = (refusal.file, refusal.reason, versions[refusal.file])
            if event not in self._counted:
                self._counted.add(event)
                self._refused_total += 1
                log.warning(
                    "text file refused",
                    file=refusal.file,
                    reason=refusal.reason,
                    amount=refusal.amount,
                    message=refusal.message,
                )
