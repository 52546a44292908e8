"""node_sysctl_*: the kernel's settings that are asked for, from /proc/sys."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, NamedTuple

import msgspec

from exporter.base.collector import Collector, NotApplicableError, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel.files import read_text
from exporter.parsing.items import item
from exporter.parsing.lines import split_words
from exporter.parsing.numbers import whole

INFO = Family("node_sysctl_info", "gauge", "sysctl info", ("name", "value", "index"))
NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_]")
FORM = "NAME, or NAME:KEY,KEY… for one of several numbers"


class Setting(NamedTuple):
    """A setting as it was asked for: its name with dots, a key for each of its numbers, and whether it is text."""

    name: str
    keys: tuple[str, ...]
    is_text: bool


class SysctlOptions(Options, frozen=True, kw_only=True):
    """Which settings are exposed."""

    include: Annotated[
        tuple[str, ...],
        msgspec.Meta(description=f"A setting of numbers: {FORM}; repeatable.", extra={"commas": True}),
    ] = ()
    include_info: Annotated[
        tuple[str, ...], msgspec.Meta(description="A setting to expose as the label of an info metric; repeatable.")
    ] = ()


def understand(text: str, *, is_text: bool) -> Setting:
    """Return the setting that an option names."""
    name, _, keys = text.partition(":")
    return Setting(name, tuple(keys.split(",")) if keys and not is_text else (), is_text)


def show(setting: Setting, words: Sequence[str]) -> Iterator[Sample]:
    """Yield a sample for each word of the setting; raise ValueError for what is no number or has no key."""
    if not words:
        raise ValueError(f"sysctl {setting.name}: expected a value, got nothing")
    if setting.is_text:
        for index, word in enumerate(words):
            yield Sample(INFO, 1, (setting.name, word, str(index)))
        return
    numbers = [whole(word) for word in words]
    if setting.keys and len(setting.keys) != len(numbers):
        raise ValueError(f"sysctl {setting.name}: expected {len(setting.keys)} numbers, got {len(numbers)}")
    help_text = f"sysctl {setting.name}"
    if setting.keys:
        for place, (key, number) in enumerate(zip(setting.keys, numbers, strict=True)):
            yield Sample(_family(f"{setting.name}_{key}", f"{help_text}, field {place}"), number)
    elif len(numbers) == 1:
        yield Sample(_family(setting.name, help_text), numbers[0])
    else:
        family = _family(setting.name, help_text, ("index",))
        for place, number in enumerate(numbers):
            yield Sample(family, number, (str(place),))


def _family(name: str, help_text: str, labels: tuple[str, ...] = ()) -> Family:
    return Family(f"node_sysctl_{NOT_IN_A_NAME.sub('_', name)}", "untyped", help_text, labels)


class Sysctl(Collector):
    """Exposes the settings that its options name."""

    enabled_by_default = False
    options_type = SysctlOptions

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        numbers = [understand(text, is_text=False) for text in self.options.include]
        texts = [understand(text, is_text=True) for text in self.options.include_info]
        self._settings = list(dict.fromkeys(numbers + texts))

    def collect(self) -> Iterable[Sample]:
        """Yield the settings; raise NotApplicableError when none is asked for."""
        if not self._settings:
            raise NotApplicableError("no setting is asked for: give --collector.sysctl.include")
        owners: dict[str, Setting] = {}
        for setting in self._settings:
            with item(f"sysctl {setting.name}"):
                yield from self._read(setting, owners)

    def _read(self, setting: Setting, owners: dict[str, Setting]) -> Iterator[Sample]:
        """Yield a setting's samples; raise ValueError when another's have the same name (`a.b` and `a_b`)."""
        path = self.roots.proc.joinpath("sys", *setting.name.replace(".", "/").split("/"))
        for sample in show(setting, split_words(read_text(path))):
            if not setting.is_text and owners.setdefault(sample.family.name, setting) != setting:
                raise ValueError(f"sysctl {setting.name}: another setting is shown as {sample.family.name}")
            yield sample
