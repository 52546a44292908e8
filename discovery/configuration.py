"""From settings to rules: what is selected, who may claim what, how much may vanish."""

from collections.abc import Iterable

from discovery.datacenter.datacenter import Rules
from discovery.guard.state import Limits
from discovery.settings import Settings
from discovery.targets.selection import Selection, parse
from discovery.targets.target import Policy, networks
from vigie.core.errors import UsageProblemError

HEALTHS = ("any", "not-maintenance", "passing")


def rules(settings: Settings) -> Rules:
    """Return what the settings say; raise UsageProblemError that names the setting and what was expected."""
    return Rules(_policy(settings), _limits(settings), settings.nodes_interval_seconds)


def _policy(settings: Settings) -> Policy:
    try:
        allowed = networks(settings.allowed_networks)
    except ValueError as error:
        raise UsageProblemError(f"discovery.allowed_networks: {error}; expected networks such as 10.0.0.0/8") from error
    return Policy(
        selection=_selection(settings.select),
        health=_health(settings.health),
        fixed_jobs=frozenset(settings.fixed_jobs),
        networks=allowed,
        credential_jobs=frozenset(settings.credential_jobs),
    )


def _selection(text: str) -> Selection:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageProblemError(
            f"discovery.select: {text!r}: {error}; expected an expression such as `tag == prometheus and dc != test`"
        ) from error


def _health(pairs: Iterable[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        job, _, wanted = pair.rpartition("=")
        if not job or wanted not in HEALTHS:
            raise UsageProblemError(f"discovery.health: {pair!r}: expected JOB=HEALTH with one of {', '.join(HEALTHS)}")
        found[job] = wanted
    return found


def _limits(settings: Settings) -> Limits:
    return Limits(
        window_seconds=settings.shrink_window_seconds,
        job_share=settings.shrink_job_share,
        all_share=settings.shrink_all_share,
        minimum=settings.shrink_minimum,
        lost_seconds=settings.lost_seconds,
        spot_dead_seconds=settings.spot_dead_seconds,
        back_share=settings.back_share,
        settle_seconds=settings.settle_seconds,
        settle_max_seconds=settings.settle_max_seconds,
        release_seconds=settings.release_seconds,
        farewell_seconds=settings.farewell_seconds,
    )
