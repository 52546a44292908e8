"""The settings of `vigie doctor`: section `doctor` of the file, `VIGIE_DOCTOR_<NAME>` in the environment."""

from typing import Annotated

import msgspec
from msgspec import Meta

from vigie.core.settings import Credentials, Duration

Period = Annotated[Duration, Meta(gt=0)]


class ExporterCredentials(Credentials, frozen=True):
    """How the exporters are asked for their pages."""

    server = "an exporter"
    prefix = "exporter"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long the doctor waits, and from when on something counts as wrong."""

    timeout: Annotated[Period, Meta(description="How long one answer of a server may take.")] = 5.0
    all_deadline: Annotated[
        Period, Meta(description="How long all exporters together may take, with --all; later ones are not asked.")
    ] = 20.0
    clock_offset_limit: Annotated[Period, Meta(description="How far a host's clock may be off.")] = 5.0
    sample_age_limit: Annotated[
        Period, Meta(description="How old the newest sample may be; at least three scrape intervals.")
    ] = 60.0
    discovery_age_limit: Annotated[
        Period, Meta(description="How long discovery may go without an answer of Consul.")
    ] = 60.0
    exporter: ExporterCredentials = ExporterCredentials()
    exporter_url: Annotated[str | None, Meta(description="The exporter's page, when no server knows its address.")] = (
        None
    )
    log_lines: Annotated[
        int, Meta(ge=0, description="How many lines of each log of `vigie up` go into the bundle.")
    ] = 500
