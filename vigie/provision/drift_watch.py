"""`vigie provision drift --watch-interval`: a session's targets, compared again and again."""

import time

from vigie.core.errors import ProblemError, sentence
from vigie.provision.resources import Target
from vigie.provision.session import Session
from vigie.provision.state_hash import hash_desired_state
from vigie.provision.watch import Comparison, Metrics, PageAddress, log, run
from vigie.reconcile.plan import find_drift


def watch(session: Session, interval_seconds: float) -> None:
    """Compare until it is stopped; raises as `run` does."""
    metrics = Metrics(time.time)

    def compare_all() -> None:
        metrics.record_hash(hash_desired_state(session.inputs, session.settings))
        try:
            sound = session.make_sound() if session.keeps_going else session
            for problem in sound.held_back:
                log.warning("held back", file=problem.file, place=problem.place, problem=problem.sentence)
            with sound.open_targets() as targets:
                for target in targets:
                    metrics.record(_compare(sound, target))
        except ProblemError as error:
            log.error("can't compare", error=sentence(error))

    address = PageAddress(session.settings.web_listen_address, session.settings.web_config_file)
    run(compare_all, interval_seconds, address, metrics.page)


def _compare(session: Session, target: Target) -> Comparison:
    resources = [resource.name for resource in target.resources]
    try:
        changes = find_drift(target.resources, session.patience)
    except ProblemError as error:
        log.warning("can't compare", target=target.name, error=sentence(error))
        return Comparison(target.name, resources, [], sentence(error))
    for change in changes:
        log.warning(
            "not as declared", target=target.name, resource=change.resource, key=change.key, action=change.action
        )
    return Comparison(target.name, resources, changes)
