"""Lists of CPUs as the kernel prints them (Documentation/admin-guide/kernel-parameters.rst)."""

from exporter.parsing.items import item
from exporter.parsing.numbers import natural

MOST_CPUS = 1 << 16


def parse_cpu_list(text: str) -> list[str]:
    """Return the numbers of a kernel CPU list: `0,2-4` gives 0 2 3 4, `0-7:2/4` the first two of each four.

    A part that is none is skipped, as `(null)` of Linux before 5.17 on machines without isolated CPUs.
    """
    numbers: dict[str, None] = {}
    for part in filter(None, text.split(",")):
        with item(f"CPU list, {part[:80]}"):
            span, _, group = part.partition(":")
            first, _, last = span.partition("-")
            start, end = natural(first), natural(last or first)
            used, _, size = (group or "1/1").partition("/")
            if end >= MOST_CPUS:
                raise ValueError(f"expected numbers of CPUs below {MOST_CPUS}")
            chosen = (cpu for cpu in range(start, end + 1) if (cpu - start) % max(1, natural(size)) < natural(used))
            numbers |= dict.fromkeys(map(str, chosen))
    return list(numbers)
