"""From settings to options: what is selected, who may claim what, how much may vanish."""

from collections.abc import Iterable

from discovery.datacenter.datacenter import Options
from discovery.guard.state import Limits
from discovery.settings import Settings
from discovery.targets.policy import Policy, parse_networks
from discovery.targets.selection import Selection, parse
from vigie.core.errors import UsageProblemError

HEALTHS = ("any", "not-maintenance", "passing")


def build_options(settings: Settings) -> Options:
    """Return what the settings say; raise UsageProblemError that names the setting and what was expected."""
    return Options(_build_policy(settings), _build_limits(settings))


def _build_policy(settings: Settings) -> Policy:
    try:
        networks = parse_networks(settings.allowed_networks)
    except ValueError as error:
        raise UsageProblemError(f"discovery.allowed_networks: {error}; expected networks such as 10.0.0.0/8") from error
    return Policy(
        selection=_parse_selection(settings.select),
        health=_parse_health(settings.health),
        fixed_jobs=frozenset(settings.fixed_jobs),
        networks=networks,
        credential_jobs=frozenset(settings.credential_jobs),
    )


def _parse_selection(text: str) -> Selection:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageProblemError(
            f"discovery.select: {text!r}: {error}; expected an expression such as `tag == prometheus and dc != test`"
        ) from error


def _parse_health(pairs: Iterable[str]) -> dict[str, str]:
    demands = {}
    for pair in pairs:
        job, _, health = pair.rpartition("=")
        if not job or health not in HEALTHS:
            raise UsageProblemError(f"discovery.health: {pair!r}: expected JOB=HEALTH with one of {', '.join(HEALTHS)}")
        demands[job] = health
    return demands


def _build_limits(settings: Settings) -> Limits:
    return Limits(
        shrink_window_seconds=settings.shrink_window,
        job_share=settings.shrink_job_share,
        all_share=settings.shrink_all_share,
        minimum=settings.shrink_minimum,
        lost_retention_seconds=settings.lost_retention,
        spot_dead_timeout_seconds=settings.spot_dead_timeout,
        unfreeze_share=settings.unfreeze_share,
        settle_window_seconds=settings.settle_window,
        settle_timeout_seconds=settings.settle_timeout,
        release_window_seconds=settings.release_window,
        departed_retention_seconds=settings.departed_retention,
        lost_maximum=settings.lost_maximum,
    )
