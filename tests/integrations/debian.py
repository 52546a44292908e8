"""Programs of the oldest Debian suite that the mirror still serves."""

from collections.abc import Mapping, Sequence

from tests.fixtures.debian_suite import Unpacked, unpack
from vigie.stack.apt import SuiteMissingError


def unpack_first(packages_by_suite: Mapping[str, Sequence[str]]) -> Unpacked:
    """Return the packages of the first suite that the mirror serves, its C library among them.

    A mirror that serves none of them fails the test, with apt's sentence.
    """
    missing: Exception = AssertionError("expected a suite")
    for suite, names in packages_by_suite.items():
        try:
            return unpack(suite, *names, "libc6")
        except SuiteMissingError as error:
            missing = error
    raise missing
