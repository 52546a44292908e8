"""What must hold after each change of a file: one bad thing costs itself alone."""

from collections.abc import Iterator, Sequence

from .mutated_host import MutatedHost, Outcome, changes
from .mutations import Mutation, mutations

MOST_LINES = 40
WHOLE_FILE = -1


def broken_promises(host: MutatedHost, kind: type, names: Sequence[str], lines: int, words: int) -> Iterator[str]:
    """Yield a sentence for each change of these files that costs a collector more than the item."""
    before = host.page(kind)
    assert not before.error, before.error
    for name in names:
        content = (host.folder / name).read_bytes()
        related: dict[int, set[tuple[object, ...]]] = {}
        count = content.count(b"\n") or 1
        if len(names) > 1 and count <= min(lines, MOST_LINES):  # what of a whole file costs what does not come from it
            related[WHOLE_FILE] = set().union(*(host.related(kind, name, line, before) for line in range(count)))
        for mutation in mutations(name, content, lines, words):
            problem = try_one(host, kind, name, mutation, before, related)
            if problem:
                yield f"{name}, {mutation.kind}, line {mutation.line + 1}: {problem}"
    assert host.page(kind).series == before.series


def try_one(
    host: MutatedHost,
    kind: type,
    name: str,
    mutation: Mutation,
    before: Outcome,
    related: dict[int, set[tuple[object, ...]]],
) -> str:
    """Return what is wrong after one change, "" when nothing is."""
    try:
        with host.changed(name, mutation.content):
            after = host.page(kind)
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        return f"{type(error).__name__}: {error}"
    lost = changes(before, after)
    if not lost or (mutation.line == WHOLE_FILE and WHOLE_FILE not in related):
        return ""
    places = [mutation.line, mutation.line + 1] if mutation.kind == "reorder the line" else [mutation.line]
    for place in places:
        if place not in related:
            related[place] = host.related(kind, name, place, before)
    more = lost.difference(*(related[place] for place in places))
    return f"cost {len(more)} other series, such as {min(map(str, more))} {after.error}" if more else ""


def broken_folders(host: MutatedHost, kind: type) -> Iterator[str]:
    """Yield a sentence for each folder that costs a collector more when it can't be listed than when it is gone."""
    before = host.page(kind)
    folders = host.folders_of(kind)
    for name in folders:
        with host.without_folder(name, linked_to_itself=False):
            gone = host.page(kind)
        with host.without_folder(name, linked_to_itself=True):
            unlisted = host.page(kind)
        more = changes(before, unlisted) - changes(before, gone)
        if more:
            yield f"{name}: cost {len(more)} other series, such as {min(map(str, more))} {unlisted.error}"
    assert host.page(kind).series == before.series
