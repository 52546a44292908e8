"""The settings of `vigie discovery`: section `discovery` of the file, `VIGIE_DISCOVERY_<NAME>` in the environment."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from vigie.core.settings import Duration, ListenAddress, WebConfigFile

Period = Annotated[Duration, Meta(gt=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What becomes a target, where the files go, how gently Consul is read, and how much may vanish."""

    output: Annotated[Path, Meta(description="Folder of the target files; also holds .state and .tmp.")] = Path(
        "targets"
    )
    web_listen_address: Annotated[ListenAddress, Meta(description="HOST:PORT of /metrics and /sd/<job>.")] = (
        "127.0.0.1:9110"
    )
    web_config_file: Annotated[
        WebConfigFile | None,
        Meta(description="File with TLS, users and the like, as node_exporter's; re-read when it changes."),
    ] = None
    select: Annotated[str, Meta(description="Which instances are targets; grammar: docs/how-to/discovery.md.")] = (
        "tag == prometheus"
    )
    health: Annotated[
        tuple[str, ...], Meta(description="JOB=any|not-maintenance|passing: the health a job's targets must have.")
    ] = ()
    datacenters: Annotated[tuple[str, ...], Meta(description="Datacenters to read (default: the agent's own).")] = ()
    fixed_jobs: Annotated[
        tuple[str, ...], Meta(description="Services that may carry one of vigie's fixed job names, such as consul.")
    ] = ()
    allowed_networks: Annotated[
        tuple[str, ...],
        Meta(description="Networks in which target addresses must lie (default: all but special ones)."),
    ] = ("0.0.0.0/0", "::/0")
    credential_jobs: Annotated[
        tuple[str, ...], Meta(description="Jobs scraped with credentials: only addresses of nodes are accepted.")
    ] = ()

    write_interval: Annotated[Period, Meta(description="Shortest time between two writes.")] = 1.0
    watch_timeout: Annotated[Period, Meta(le=600, description="How long a blocking query waits, before jitter.")] = (
        600.0
    )
    read_interval: Annotated[Period, Meta(description="Shortest time between two reads of a service.")] = 1.0
    consistency_probe_interval: Annotated[
        Period, Meta(description="How often Consul's index and its own service are checked.")
    ] = 10.0
    settle_window: Annotated[
        Duration, Meta(ge=0, description="Removals are judged together once none has come for this time.")
    ] = 1.0
    settle_timeout: Annotated[Duration, Meta(ge=0, description="How long the first removal may wait for that.")] = 5.0
    nodes_interval: Annotated[
        Period, Meta(description="How often lost targets are checked for machines that left the catalog.")
    ] = 60.0
    sweep_interval: Annotated[
        Period, Meta(description="How often a service without a connection of its own is read anyway.")
    ] = 300.0
    request_timeout: Annotated[Period, Meta(description="How long an answer may take beyond the wait.")] = 10.0
    max_backoff: Annotated[Period, Meta(description="Longest pause between attempts while Consul is away.")] = 15.0
    watch_connections: Annotated[
        int,
        Meta(
            ge=1,
            le=140,
            description="Services with a blocking query of their own, at most; the rest are read in rounds.",
        ),
    ] = 60

    shrink_window: Annotated[Period, Meta(description="The time over which a shrink budget is counted.")] = 300.0
    shrink_job_share: Annotated[Share, Meta(description="Share of a job that may go in one window.")] = 0.1
    shrink_all_share: Annotated[Share, Meta(description="Share of all targets that may go in one window.")] = 0.3
    shrink_minimum: Annotated[int, Meta(ge=0, description="Targets that may always go in one window.")] = 5
    lost_retention: Annotated[Period, Meta(description="How long a target that vanished while failing is kept.")] = (
        86400.0
    )
    lost_maximum: Annotated[int, Meta(ge=1, description="Lost targets kept of one job; beyond it the oldest go.")] = 20
    release_window: Annotated[Period, Meta(description="How long Consul has to prove that held targets are gone.")] = (
        600.0
    )
    departed_retention: Annotated[
        Period, Meta(description="How long /metrics still shows a target that announced its leaving and is gone.")
    ] = 60.0
    spot_dead_timeout: Annotated[Period, Meta(description="How long a spot node is failed before it is dropped.")] = (
        180.0
    )
    ended_retention: Annotated[
        Period, Meta(description="How long the empty file of a job without targets stays in the folder.")
    ] = 3600.0
    unfreeze_share: Annotated[Share, Meta(description="Share of the targets that must be back to end a freeze.")] = 0.9
    resync_interval: Annotated[Period, Meta(description="How often everything is read anew, with jitter.")] = 3600.0
    files_check_interval: Annotated[
        Period, Meta(description="How often the target files are checked for changes by somebody else.")
    ] = 10.0
    config_check_interval: Annotated[Period, Meta(description="How often the settings' file is checked.")] = 5.0
    once_timeout: Annotated[Period, Meta(description="How long --once may take.")] = 60.0
