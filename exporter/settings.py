"""The exporter's settings: node_exporter's flags by their names, and each collector's own options beside them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from exporter.base.collector import Collector, Options
from exporter.base.host import Host
from vigie.core.errors import UsageProblemError
from vigie.core.settings import fields

# Of the other collectors node_exporter takes both, and a name must match the one and not the other.
EXCLUSIVE = frozenset({"diskstats", "filesystem", "netdev", "qdisc"})


def _flag(name: str, description: str, **limits: Any) -> msgspec.Meta:
    return msgspec.Meta(description=description, extra={"flag": f"--{name}"}, **limits)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the exporter is told; `settings_type` adds a switch and the options of each collector."""

    web_listen_address: Annotated[
        tuple[str, ...], _flag("web.listen-address", "HOST:PORT to listen on; repeatable.")
    ] = (":9100",)
    web_telemetry_path: Annotated[
        str, _flag("web.telemetry-path", "Path under which to expose metrics.", pattern="^/")
    ] = "/metrics"
    web_disable_exporter_metrics: Annotated[
        bool, _flag("web.disable-exporter-metrics", "Leave out metrics about the exporter itself (process_*).")
    ] = False
    web_max_requests: Annotated[int, _flag("web.max-requests", "Scrapes at once; 0 sets no limit.", ge=0)] = 40
    web_config_file: Annotated[
        Path | None, _flag("web.config.file", "File with TLS, users and the like, as node_exporter's; re-read.")
    ] = None
    path_procfs: Annotated[Path, _flag("path.procfs", "procfs mountpoint.")] = Path("/proc")
    path_sysfs: Annotated[Path, _flag("path.sysfs", "sysfs mountpoint.")] = Path("/sys")
    path_rootfs: Annotated[Path, _flag("path.rootfs", "rootfs mountpoint.")] = Path("/")
    path_udev_data: Annotated[Path, _flag("path.udev.data", "udev data path.")] = Path("/run/udev/data")
    collector_disable_defaults: Annotated[
        bool, _flag("collector.disable-defaults", "Enable only the collectors that are named.")
    ] = False
    scrape_deadline_seconds: Annotated[
        float, msgspec.Meta(gt=0, description="How long a scrape may take; Prometheus gives up after 5 s.")
    ] = 4.5
    collector_deadline_seconds: Annotated[
        float, msgspec.Meta(gt=0, description="How long one collector may take before it is left alone.")
    ] = 2.0
    absent_seconds: Annotated[
        float, msgspec.Meta(ge=0, description="How long a collector whose hardware is absent is not asked again.")
    ] = 60.0

    docker: Annotated[
        str, msgspec.Meta(description="The container daemon: unix:///PATH, or tcp://HOST:PORT of a socket proxy.")
    ] = "unix:///var/run/docker.sock"
    docker_timeout_seconds: Annotated[
        float, msgspec.Meta(gt=0, description="How long one answer of the daemon may take.")
    ] = 5.0
    docker_quiet_seconds: Annotated[
        float, msgspec.Meta(gt=0, description="After how long without an event the daemon is asked whether it lives.")
    ] = 60.0
    docker_retry_seconds: Annotated[
        float, msgspec.Meta(gt=0, description="The longest pause between tries to reach the daemon.")
    ] = 30.0
    container_stopped_seconds: Annotated[
        float, msgspec.Meta(ge=0, description="How long a stopped container is still told of.")
    ] = 900.0
    container_environment: Annotated[
        tuple[str, ...], msgspec.Meta(description="An environment variable to make a container's label; repeatable.")
    ] = ()

    autodiscovery: Annotated[
        bool, msgspec.Meta(description="Register in Consul what containers' labels ask for (vigie.port and others).")
    ] = True
    autodiscovery_local: Annotated[
        bool, msgspec.Meta(description="Prometheus runs on this machine: containers' own addresses will do.")
    ] = False
    autodiscovery_most_endpoints: Annotated[
        int, msgspec.Meta(ge=0, description="The number of containers' endpoints above which none is registered.")
    ] = 200
    autodiscovery_crashed_seconds: Annotated[
        float, msgspec.Meta(ge=0, description="How long a crashed one stays; at most --container-stopped-seconds.")
    ] = 900.0

    register: Annotated[bool, msgspec.Meta(description="Announce this exporter in Consul.")] = True
    host_name: Annotated[
        str, msgspec.Meta(description="This host's name, which must be its Consul node's; by default the system's.")
    ] = ""
    advertise_address: Annotated[
        str, msgspec.Meta(description="The address to be scraped at; by default the Consul node's.")
    ] = ""
    foreign_agent: Annotated[bool, msgspec.Meta(description="Register although the agent is another machine's.")] = (
        False
    )
    tag: Annotated[tuple[str, ...], msgspec.Meta(description="A further tag in Consul; repeatable.")] = ()
    label: Annotated[
        tuple[str, ...], msgspec.Meta(description="NAME=VALUE, a further label of the target; repeatable.")
    ] = ()
    cloud: Annotated[
        bool, msgspec.Meta(description="Ask the cloud's metadata service for facts and for notices on spot instances.")
    ] = True
    cloud_tag: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="A tag of the instance (Google: an attribute) to become a label; repeatable."),
    ] = ()
    cloud_metadata_url: Annotated[str, msgspec.Meta(description="Where the cloud's metadata service is reached.")] = (
        "http://169.254.169.254"
    )
    cloud_look_seconds: Annotated[
        float, msgspec.Meta(ge=1, description="How often a metadata service is looked for and its facts are read.")
    ] = 3600.0
    cloud_poll_seconds: Annotated[
        float, msgspec.Meta(ge=1, description="How often a spot instance asks whether it will be taken away.")
    ] = 5.0
    check: Annotated[
        Literal["http", "ttl"],
        msgspec.Meta(description="Who checks our health: Consul by HTTP, or we tell it where it can't reach us (ttl)."),
    ] = "http"
    check_interval_seconds: Annotated[float, msgspec.Meta(ge=1, description="How often our health is checked.")] = 10.0
    leave_window_seconds: Annotated[
        float, msgspec.Meta(ge=0, le=60, description="How long the leaving is announced before it happens.")
    ] = 2.0
    watch_seconds: Annotated[
        float, msgspec.Meta(ge=1, description="How long one look at our own registration lasts.")
    ] = 20.0
    retry_seconds: Annotated[
        float, msgspec.Meta(gt=0, description="The longest pause between tries to reach the Consul agent.")
    ] = 30.0
    confirm_seconds: Annotated[
        float, msgspec.Meta(gt=0, description="How often the catalog is asked whether it still has us.")
    ] = 300.0


def settings_type(collectors: Mapping[str, type[Collector]]) -> type[Settings]:
    """Return `Settings` with `--collector.<name>` and `--collector.<name>.<option>` for each collector."""
    made_fields: list[tuple[str, Any, Any]] = []
    for name, kind in collectors.items():
        switch = _flag(f"collector.{name}", f"Enable the {name} collector.")
        made_fields.append((f"collector_{name}", Annotated[bool | None, switch], None))
        options = msgspec.structs.fields(kind.options_type)
        made_fields += [(f"collector_{name}_{option.name}", _named(name, option), option.default) for option in options]
    made = msgspec.defstruct(
        "ExporterSettings", made_fields, bases=(Settings,), frozen=True, forbid_unknown_fields=True, kw_only=True
    )
    assert issubclass(made, Settings)
    return made


def enabled(settings: Settings, collectors: Mapping[str, type[Collector]]) -> dict[str, type[Collector]]:
    """Return the collectors that are wanted: those named, and the defaults unless they are disabled."""
    chosen = {}
    for name, kind in collectors.items():
        switch = getattr(settings, f"collector_{name}")
        default = kind.enabled_by_default and not settings.collector_disable_defaults
        if default if switch is None else switch:
            chosen[name] = kind
    return chosen


def check_pairs(settings: Settings, collectors: Mapping[str, type[Collector]]) -> None:
    """Raise UsageProblemError when both of an include and an exclude are given that node_exporter takes one of."""
    for name, kind in collectors.items():
        options = {option.name: option for option in msgspec.structs.fields(kind.options_type)}
        for exclude in (option for option in options if option.endswith("_exclude") and name in EXCLUSIVE):
            include = exclude.removesuffix("_exclude") + "_include"
            given = [f"collector_{name}_{option}" for option in (exclude, include)]
            chosen = [getattr(settings, one, "") for one in given]
            if all(chosen) and chosen[0] != options[exclude].default:
                flags = " and ".join(flag_of(settings, one) for one in given)
                raise UsageProblemError(f"{flags} are mutually exclusive: give one of them")


def make_collectors(host: Host, settings: Settings, collectors: Mapping[str, type[Collector]]) -> dict[str, Collector]:
    """Return the collectors with their options; raise UsageProblemError for what is no regular expression."""
    check_pairs(settings, collectors)
    made = {}
    for name, kind in collectors.items():
        try:
            made[name] = kind(host, options_of(settings, name, kind.options_type))
        except re.error as error:
            flag = _flag_with(settings, name, str(error.pattern))
            expected = "expected a regular expression that Python knows"
            raise UsageProblemError(f"{flag} {error.pattern!r}: {expected}: {error.msg}") from error
    return made


def flag_of(settings: Settings, name: str) -> str:
    """Return the flag of the setting with that name."""
    return next(field.flag for field in fields(type(settings)) if field.name == name)


def _flag_with(settings: Settings, collector: str, pattern: str) -> str:
    """Return the flag of the collector's longest option that is in `pattern`, which may have anchors around it."""
    own = [field for field in fields(type(settings)) if field.name.startswith(f"collector_{collector}_")]
    texts = {field.flag: getattr(settings, field.name) for field in own}
    return max(texts, key=lambda flag: len(str(texts[flag])) if str(texts[flag]) in pattern else -1)


def options_of(settings: Settings, name: str, kind: type[Options]) -> Options:
    """Return the options of one collector."""
    return kind(**{
        option.name: getattr(settings, f"collector_{name}_{option.name}") for option in msgspec.structs.fields(kind)
    })  # fmt: skip


def _named(collector: str, option: msgspec.structs.FieldInfo) -> Any:
    """Return the option's type with its flag, which it may have chosen itself."""
    flag = f"collector.{collector}.{option.name.removesuffix('_seconds').replace('_', '-')}"
    kind, *own = get_args(option.type) if get_origin(option.type) is Annotated else (option.type,)
    return Annotated[kind, msgspec.Meta(extra={"flag": f"--{flag}"}), *own]
