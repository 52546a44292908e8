"""The settings of provisioning: section `provision`, `VIGIE_PROVISION_<NAME>` in the environment."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where desired state goes and how patient we are."""

    rules_dir: Annotated[Path | None, Meta(description="Folder whose rule files Prometheus reads (--local).")] = None
    runbook_base_url: Annotated[str, Meta(description="What an alert's runbook link begins with.")] = (
        "http://127.0.0.1:8080/runbooks/"
    )
    datasource_url: Annotated[
        str | None, Meta(description="Where Grafana reaches Prometheus; default: the first --prometheus-url.")
    ] = None
    scrape_interval_seconds: Annotated[int, Meta(ge=1, description="Of Prometheus; boards rate over 4 of them.")] = 15
    timeout_seconds: Annotated[float, Meta(gt=0, description="For one answer of a server.")] = 30.0
    attempts: Annotated[int, Meta(ge=1, description="For one write or read that fails in passing.")] = 5
    first_pause_seconds: Annotated[float, Meta(ge=0, description="After a failure; each further one doubles.")] = 0.5
