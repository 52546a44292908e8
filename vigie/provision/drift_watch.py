"""Compares again and again, as `plan` does: what the linter refuses is told and counted, and the rest is compared."""

import time
from collections import Counter
from collections.abc import Hashable, Sequence

from vigie.core.errors import ProblemError, sentence
from vigie.core.site_folder import check_readable
from vigie.provision import watch
from vigie.provision.resources import Target
from vigie.provision.session import Session
from vigie.provision.state_hash import hash_desired_state
from vigie.reconcile.plan import find_drift
from vigie.reconcile.problem import Problem

SITE = "site folder"  # the target under which refused files are counted
REFUSED = "refused files"


class DriftWatch:
    """What is declared, judged anew whenever it changed, and each target beside it."""

    def __init__(self, session: Session) -> None:
        """Take the session; its files are read anew each time."""
        self.session = session._replace(keeps_going=True)
        self.metrics = watch.Metrics(time.time)
        self._judged: tuple[Hashable, Session] | None = None

    def run(self, interval_seconds: float) -> None:
        """Compare at once and then after each interval, until SIGTERM or SIGINT."""
        settings = self.session.settings
        address = watch.PageAddress(settings.web_listen_address, settings.web_config_file)
        watch.run(self.compare_all, interval_seconds, address, self.metrics.page)

    def compare_all(self) -> None:
        """Judge what is declared and compare each target with it; what fails is logged, and counted."""
        try:
            sound = self._judge()
        except (ProblemError, OSError) as error:
            watch.log.error("can't judge what is declared", error=_words(error))
            self.metrics.record(watch.Comparison(SITE, {}, _words(error)))
            return
        for problem in sound.held_back:
            watch.log.warning("held back", file=problem.file, place=problem.place, problem=problem.sentence)
        self.metrics.record(watch.Comparison(SITE, {REFUSED: _count_files(sound.held_back)}))
        try:
            with sound.open_targets() as targets:
                for target in targets:
                    self.metrics.record(_compare(sound, target))
        except (ProblemError, OSError) as error:
            watch.log.error("can't compare", error=_words(error))

    def _judge(self) -> Session:
        """Return the session of what is used and what the linter does not refuse; raises ProblemError or OSError.

        What was sound is not judged again while it is the same: the linter takes seconds.
        """
        inputs = self.session.inputs
        if inputs.site is not None:
            check_readable(inputs.site)
        declared = hash_desired_state(inputs, self.session.settings)
        self.metrics.record_hash(declared)
        names = frozenset(inputs.site.rglob("*")) if inputs.site is not None else frozenset()
        used = self.session.narrow()
        known = declared, names, used.inputs.integrations, used.inputs.hold
        if self._judged is None or self._judged[0] != known or self._judged[1].held_back:
            self._judged = known, used.make_sound()
        return self._judged[1]


def _compare(session: Session, target: Target) -> watch.Comparison:
    try:
        changes = find_drift(target.resources, session.patience)
    except ProblemError as error:
        watch.log.warning("can't compare", target=target.name, error=sentence(error))
        return watch.Comparison(target.name, {}, sentence(error))
    for change in changes:
        watch.log.warning(
            "not as declared", target=target.name, resource=change.resource, key=change.key, action=change.action
        )
    counts = Counter(change.resource for change in changes)
    return watch.Comparison(target.name, {resource.name: counts[resource.name] for resource in target.resources})


def _count_files(problems: Sequence[Problem]) -> int:
    return len({problem.file for problem in problems})


def _words(error: ProblemError | OSError) -> str:
    return sentence(error) if isinstance(error, ProblemError) else str(error)
