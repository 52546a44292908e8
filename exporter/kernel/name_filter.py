"""Which names are wanted: expressions as node_exporter takes them."""

import re
import warnings


def compile_expression(pattern: str) -> re.Pattern[str]:
    """Return the compiled expression; raise re.error, also for `[[:alpha:]]`, which Go knows and Python misreads."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        try:
            return re.compile(pattern)
        except FutureWarning as error:
            raise re.error(str(error), pattern) from error


REMEMBERED_NAMES = 10_000  # devices come and go by the thousand where containers do


class Filter:
    """Which names are wanted: node_exporter's pair of `include` and `exclude` expressions."""

    def __init__(self, exclude: str = "", include: str = "") -> None:
        self._exclude = compile_expression(exclude) if exclude else None
        self._include = compile_expression(include) if include else None
        self._known: dict[str, bool] = {}

    def accepts(self, name: str) -> bool:
        """Return whether no exclusion matches `name` and the inclusion, when there is one, does."""
        verdict = self._known.get(name)
        if verdict is None:
            if len(self._known) >= REMEMBERED_NAMES:
                self._known.clear()
            verdict = self._known[name] = self._judge(name)
        return verdict

    def _judge(self, name: str) -> bool:
        if self._exclude is not None and self._exclude.search(name):
            return False
        return self._include is None or self._include.search(name) is not None
