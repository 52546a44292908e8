"""node_xfrm_*: packets that IPsec could not transform, by the reason, from /proc/net/xfrm_stat."""

import re
from collections.abc import Iterable, Iterator

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.parsing.items import item
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import natural

# Documentation/networking/xfrm_proc.rst: what the kernel calls Xfrm…, and why the packet was lost.
HELP = {
    "InError": "All errors not matched by other",
    "InBufferError": "No buffer is left",
    "InHdrError": "Header error",
    "InNoStates": "No state is found i.e. Either inbound SPI, address, or IPsec protocol at SA is wrong",
    "InStateProtoError": "Transformation protocol specific error e.g. SA key is wrong",
    "InStateModeError": "Transformation mode specific error",
    "InStateSeqError": "Sequence error i.e. Sequence number is out of window",
    "InStateExpired": "State is expired",
    "InStateMismatch": "State has mismatch option e.g. UDP encapsulation type is mismatch",
    "InStateInvalid": "State is invalid",
    "InTmplMismatch": "No matching template for states e.g. Inbound SAs are correct but SP rule is wrong",
    "InNoPols": "No policy is found for states e.g. Inbound SAs are correct but no SP is found",
    "InPolBlock": "Policy discards",
    "InPolError": "Policy error",
    "OutError": "All errors which is not matched others",
    "OutBundleGenError": "Bundle generation error",
    "OutBundleCheckError": "Bundle check error",
    "OutNoStates": "No state is found",
    "OutStateProtoError": "Transformation protocol specific error",
    "OutStateModeError": "Transformation mode specific error",
    "OutStateSeqError": "Sequence error i.e. Sequence number overflow",
    "OutStateExpired": "State is expired",
    "OutPolBlock": "Policy discards",
    "OutPolDead": "Policy is dead",
    "OutPolError": "Policy error",
    "FwdHdrError": "Forward routing of a packet is not allowed",
    "OutStateInvalid": "State is invalid, perhaps expired",
    "AcquireError": "State hasn't been fully acquired before use",
}
SECOND_WORDS = re.compile(r"(?<!^)(?=[A-Z])")
FAMILIES = {
    f"Xfrm{name}".encode(): Family(
        f"node_xfrm_{SECOND_WORDS.sub('_', name).lower()}_packets_total", "counter", help_text
    )
    for name, help_text in HELP.items()
}


def parse(line: bytes) -> Iterator[Sample]:
    """Yield the counter of a line, none of a reason that has no family; raise ValueError for a malformed line."""
    words = split_words(line)
    if len(words) != 2:
        raise ValueError(f"/proc/net/xfrm_stat: expected a name and a number, got {line[:80]!r}")
    family = FAMILIES.get(words[0])
    if family is not None:
        yield Sample(family, natural(words[1]))


class Xfrm(Collector):
    """Exposes the kernel's counters of IPsec errors."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._file = roots.file("net", "xfrm_stat")

    def collect(self) -> Iterable[Sample]:
        """Yield the counters; raise NotApplicableError on a kernel without CONFIG_XFRM_STATISTICS."""
        try:
            text = self._file.read()
        except FileNotFoundError as error:
            raise NotApplicableError("/proc/net/xfrm_stat") from error
        for line in split_lines(text):
            with item(f"/proc/net/xfrm_stat: {line[:80]!r}"):
                yield from parse(line)

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()
