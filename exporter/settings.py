"""The exporter's own settings; node_exporter's flags have their names."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from vigie.core.settings import Duration


def flag(name: str, description: str, **limits: Any) -> msgspec.Meta:
    """Return the annotation of a setting that has another flag than its name's."""
    return msgspec.Meta(description=description, extra={"flag": f"--{name}"}, **limits)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The exporter's settings; `exporter.collector_settings` adds a switch and the options of each collector."""

    web_listen_address: Annotated[
        tuple[str, ...], flag("web.listen-address", "HOST:PORT to listen on, or vsock://:PORT; repeatable.")
    ] = (":9100",)
    web_systemd_socket: Annotated[
        bool, flag("web.systemd-socket", "Listen on the sockets of a systemd socket unit, not on --web.listen-address.")
    ] = False
    web_telemetry_path: Annotated[
        str, flag("web.telemetry-path", "Path under which to expose metrics.", pattern="^/")
    ] = "/metrics"
    web_disable_exporter_metrics: Annotated[
        bool, flag("web.disable-exporter-metrics", "Leave out metrics about the exporter itself (process_*).")
    ] = False
    web_max_requests: Annotated[int, flag("web.max-requests", "Scrapes at once; 0 sets no limit.", ge=0)] = 40
    web_config_file: Annotated[
        Path | None, flag("web.config.file", "File with TLS, users and the like, as node_exporter's; re-read.")
    ] = None
    path_procfs: Annotated[Path, flag("path.procfs", "procfs mountpoint.")] = Path("/proc")
    path_sysfs: Annotated[Path, flag("path.sysfs", "sysfs mountpoint.")] = Path("/sys")
    path_rootfs: Annotated[Path, flag("path.rootfs", "rootfs mountpoint.")] = Path("/")
    path_udev_data: Annotated[Path, flag("path.udev.data", "udev data path.")] = Path("/run/udev/data")
    collector_disable_defaults: Annotated[
        bool, flag("collector.disable-defaults", "Enable only the collectors that are named.")
    ] = False
    scrape_deadline: Annotated[
        Duration, msgspec.Meta(gt=0, description="How long a scrape may take; Prometheus gives up after 5 s.")
    ] = 4.5
    collector_deadline: Annotated[
        Duration, msgspec.Meta(gt=0, description="How long one collector may take before it is left alone.")
    ] = 2.0
    unavailable_backoff: Annotated[
        Duration, msgspec.Meta(ge=0, description="How long a collector whose hardware is absent is not called again.")
    ] = 60.0

    docker: Annotated[
        str, msgspec.Meta(description="The container daemon: unix:///PATH, or tcp://HOST:PORT of a socket proxy.")
    ] = "unix:///var/run/docker.sock"
    docker_timeout: Annotated[
        Duration, msgspec.Meta(gt=0, description="How long one answer of the daemon may take.")
    ] = 5.0
    docker_ping_interval: Annotated[
        Duration, msgspec.Meta(gt=0, description="The daemon is pinged after so long without an event.")
    ] = 60.0
    docker_retry_backoff: Annotated[
        Duration, msgspec.Meta(gt=0, description="The longest pause between tries to reach the daemon.")
    ] = 30.0
    container_stopped_retention: Annotated[
        Duration, msgspec.Meta(ge=0, description="How long a stopped container stays on the page.")
    ] = 900.0
    container_environment: Annotated[
        tuple[str, ...], msgspec.Meta(description="An environment variable to make a container's label; repeatable.")
    ] = ()

    autodiscovery: Annotated[
        bool, msgspec.Meta(description="Register in Consul what containers' labels name (vigie.port and others).")
    ] = True
    autodiscovery_local: Annotated[
        bool, msgspec.Meta(description="Prometheus runs on this machine and can reach containers' own addresses.")
    ] = False
    autodiscovery_max_endpoints: Annotated[
        int, msgspec.Meta(ge=0, description="How many endpoints of containers are registered at most.")
    ] = 200
    autodiscovery_crashed_retention: Annotated[
        Duration,
        msgspec.Meta(
            ge=0, description="How long a crashed one stays registered; at most --container-stopped-retention."
        ),
    ] = 900.0

    integrations: Annotated[
        Literal["asked", "auto"],
        msgspec.Meta(description="asked: what labels and files ask for. auto: also what answers without a login."),
    ] = "asked"
    integrations_files: Annotated[
        Path, msgspec.Meta(description="Folder of the files that ask for integrations on this host, with their logins.")
    ] = Path("/etc/vigie/integrations.d")
    integrations_folder: Annotated[
        Path, msgspec.Meta(description="Folder of the operator's own integrations, beside those that come with vigie.")
    ] = Path("/etc/vigie/integrations")
    integrations_deadline: Annotated[
        Duration, msgspec.Meta(gt=0, description="How long a check may take; Prometheus gives up after 5 s.")
    ] = 4.0
    integrations_max_checks: Annotated[int, msgspec.Meta(ge=1, description="How many checks may run at once.")] = 4

    register: Annotated[bool, msgspec.Meta(description="Register this exporter in Consul.")] = True
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
        bool, msgspec.Meta(description="Read facts and spot interruption notices from the cloud's metadata service.")
    ] = True
    cloud_tag: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="A tag of the instance (Google: an attribute) to become a label; repeatable."),
    ] = ()
    cloud_metadata_url: Annotated[str, msgspec.Meta(description="Where the cloud's metadata service is reached.")] = (
        "http://169.254.169.254"
    )
    cloud_refresh_interval: Annotated[
        Duration, msgspec.Meta(ge=1, description="How often the metadata service is looked for and its facts are read.")
    ] = 3600.0
    cloud_poll_interval: Annotated[
        Duration, msgspec.Meta(ge=1, description="How often a spot instance reads whether it will be taken away.")
    ] = 5.0
    check: Annotated[
        Literal["http", "ttl"],
        msgspec.Meta(description="Who checks our health: Consul by HTTP, or we tell it where it can't reach us (ttl)."),
    ] = "http"
    check_interval: Annotated[Duration, msgspec.Meta(ge=1, description="How often our health is checked.")] = 10.0
    leave_window: Annotated[
        Duration,
        msgspec.Meta(ge=0, le=60, description="How long the maintenance 'vigie: leaving' stands before we deregister."),
    ] = 2.0
    watch_interval: Annotated[
        Duration, msgspec.Meta(ge=1, description="How long one blocking query for our own registration lasts.")
    ] = 20.0
    retry_backoff: Annotated[
        Duration, msgspec.Meta(gt=0, description="The longest pause between tries to reach the Consul agent.")
    ] = 30.0
    confirm_interval: Annotated[
        Duration, msgspec.Meta(gt=0, description="How often our registration is read back from the catalog.")
    ] = 300.0
