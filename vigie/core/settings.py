"""Settings: flags, environment, YAML, the running stack, defaults; typed, and anything unknown is refused."""

import os
import re
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar, Union, get_args, get_origin

import click
import msgspec

from vigie.core import logs, running_stack
from vigie.core.errors import UsageProblemError

T = TypeVar("T", bound=msgspec.Struct)
FILE_VARIABLE = "VIGIE_CONFIG"
SECTIONS = (
    "alerting",
    "console",
    "dashboards",
    "discovery",
    "doctor",
    "exporter",
    "provision",
    "render",
    "up",
    "usage",
)
UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")


Urls = tuple[str, ...]


# A period: seconds in the code; flags, environment and YAML take `10m` as well as a plain number of seconds.
Duration = Annotated[float, msgspec.Meta(extra={"duration": True})]
# The file with TLS and users, spelled everywhere as node_exporter spells it.
WebConfigFile = Annotated[Path, msgspec.Meta(extra={"flag": "--web.config.file"})]
ListenAddress = Annotated[str, msgspec.Meta(extra={"flag": "--web.listen-address"})]


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class Common(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where things are reached and how we log: the top level of the file, `VIGIE_<NAME>` in the environment."""

    consul_url: Annotated[Urls, _says("Consul's HTTP API; repeatable.")] = ("http://127.0.0.1:8500",)
    consul_token_file: Annotated[Path | None, _says("File with the Consul token, read again when it changes.")] = None
    consul_ca_file: Annotated[Path | None, _says("PEM file with who may vouch for Consul's certificate.")] = None
    consul_cert_file: Annotated[Path | None, _says("PEM file with our certificate, when Consul asks for one.")] = None
    consul_key_file: Annotated[Path | None, _says("PEM file with that certificate's key.")] = None
    prometheus_url: Annotated[Urls, _says("Prometheus; repeatable.")] = ("http://127.0.0.1:9090",)
    alertmanager_url: Annotated[Urls, _says("Alertmanager; repeatable.")] = ("http://127.0.0.1:9093",)
    discovery_url: Annotated[Urls, _says("Discovery's HTTP server; repeatable.")] = ("http://127.0.0.1:9110",)
    grafana_url: Annotated[Urls, _says("Grafana; none by default.")] = ()
    grafana_token: str | None = None
    grafana_token_file: Annotated[Path | None, _says("File with a service account's token.")] = None
    grafana_user: Annotated[str | None, _says("Grafana's user, where there is no token.")] = None
    grafana_password: str | None = None
    grafana_password_file: Annotated[Path | None, _says("File with that user's password.")] = None
    grafana_ca_file: Annotated[Path | None, _says("PEM file with who may vouch for Grafana's certificate.")] = None
    site: Annotated[Path | None, _says("Folder laid over what vigie brings (default: ./site, if it is there).")] = None
    log_format: Annotated[logs.Format, _says("logfmt or json.")] = "logfmt"
    log_level: Annotated[logs.Level, _says("debug, info, warning or error.")] = "info"


class Field(NamedTuple):
    """One setting: its name here, its key in YAML, its flag, its type, how many values it takes, and its help."""

    name: str
    key: str
    flag: str
    type: Any
    is_list: bool
    is_bool: bool
    is_duration: bool
    help: str
    secret: bool
    has_option: bool


def fields(kind: type[msgspec.Struct]) -> Iterator[Field]:
    """Yield the settings of `kind`.

    `msgspec.Meta(description=…, extra={"flag": …})` gives the help, and another flag than the name's. A flag with a
    dot is one of node_exporter's and is the key in YAML too. `extra={"option": False}` leaves the option to the
    commands that use it, or to none.
    """
    for field in msgspec.structs.fields(kind):
        metas = list(_metas(field.type))
        description = next((meta.description for meta in reversed(metas) if meta.description), "")
        extra = {key: value for meta in metas for key, value in (meta.extra or {}).items()}
        flag = extra.get("flag", "--" + field.name.replace("_", "-"))
        members = [one for one in _members(field.type) if one is not types.NoneType]
        yield Field(
            name=field.name,
            key=flag[2:] if "." in flag else field.name,
            flag=flag,
            type=field.type,
            is_list=any(get_origin(one) in {tuple, list, frozenset} for one in members),
            is_bool=members == [bool],
            is_duration="duration" in extra or field.name.endswith("_seconds"),
            help=description,
            secret=field.name.endswith(("token", "password", "secret")),
            has_option=extra.get("option", True),
        )


def options(
    kind: type[msgspec.Struct], common: tuple[str, ...] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a click command with an option for each setting of `kind`, of `common` in `Common`, and `--config`.

    Logging comes always, secrets never: arguments can be read by every user of the machine.
    """
    wanted = {*common, "log_format", "log_level"}
    chosen = [*fields(kind), *(field for field in fields(Common) if field.name in wanted)]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for field in reversed(chosen):
            if field.has_option and not field.secret:
                flag = f"{field.flag}/--no-{field.flag[2:]}" if field.is_bool else field.flag
                function = click.option(
                    flag, field.name, default=None, multiple=field.is_list, help=field.help, metavar=_metavar(field)
                )(function)
        function = running_stack.option(common)(function)
        help_text = f"YAML file with settings (or {FILE_VARIABLE})."
        return click.option("--config", "config", type=click.Path(path_type=Path), help=help_text)(function)

    return decorate


def load(
    section: str,
    kind: type[T],
    flags: Mapping[str, Any],
    environ: Mapping[str, str] = os.environ,
) -> T:
    """Return the settings of `section` ("" for `Common`), each from its first source that has it.

    `flags` maps setting names to what click parsed (None or () when not given) and may hold `config`, the YAML file.
    Raises UsageProblemError that names the source, the setting and what was expected.
    """
    known = {field.name: field for field in fields(kind)}
    values: dict[str, Any] = {}
    file = file_of(flags, environ)
    if file is not None:
        path = f"{section}." if section else ""
        by_key = {field.key: field for field in known.values()}
        for key, raw in _file_section(file, section, set(by_key)).items():
            values[by_key[key].name] = _convert(by_key[key], raw, f"{file}: {path}{key}")
    for name, variable, raw in _environment(section, known, environ):
        values[name] = _convert(known[name], raw, f"environment variable {variable}")
    for name, field in known.items():
        raw = flags.get(name)
        if raw is not None and raw != ():
            values[name] = _convert(field, raw, f"flag {field.flag}")
    for name, raw in running_stack.supply(section, set(values), flags, environ, file).items():
        if name in known:
            values[name] = _convert(known[name], raw, "the running stack")
    return kind(**values)


def file_of(flags: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the YAML file that the flags or the environment name, None when neither does."""
    named = flags.get("config") or environ.get(FILE_VARIABLE)
    return Path(named) if named else None


def secret(value: str | None, file: Path | None) -> str | None:
    """Return a secret from the environment's `value`, else the stripped text of `file`, else None.

    Raises UsageProblemError when the file can't be read.
    """
    if value or file is None:
        return value
    try:
        return file.read_text().strip()
    except OSError as error:
        raise UsageProblemError(f"{file}: expected a readable file that holds a secret: {error.strerror}") from error


def parse_duration_seconds(text: str) -> float:
    """Return the seconds of `90s`, `1h30m`, `500ms` or a plain number; raise ValueError for anything else."""
    parts = DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * UNIT_SECONDS[unit] for number, unit in parts)
    return float(text)


def _convert(field: Field, raw: Any, source: str) -> Any:
    """Return `raw` as the field's type; periods may be written like `10m`, lists as one comma-separated string."""
    try:
        if field.is_duration and isinstance(raw, str):
            raw = parse_duration_seconds(raw)
        if field.is_list and not isinstance(raw, dict):
            texts = [raw] if isinstance(raw, str) else list(raw)
            raw = [part for text in texts for part in (str(text).split(",") if isinstance(text, str) else [text])]
        return msgspec.convert(raw, field.type, strict=False, dec_hook=_decode)
    except (msgspec.ValidationError, ValueError) as error:
        shown = "the value" if field.secret else repr(raw)
        raise UsageProblemError(f"{source}: {shown} is not right: {error}") from error


def _decode(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, (str, Path)):
        return Path(value)
    raise NotImplementedError  # msgspec's own way to learn that a hook does not know a type


def _file_section(file: Path, section: str, known: set[str]) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - the agent without a file does not pay for it

    try:
        document = yaml.safe_load(file.read_bytes()) or {}
    except OSError as error:
        raise UsageProblemError(f"{file}: expected a readable YAML file: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise UsageProblemError(f"{file}: expected YAML: {error}") from error
    if not isinstance(document, dict):
        raise UsageProblemError(f"{file}: expected a mapping at the top")
    top = {field.name for field in fields(Common)}
    _refuse_unknown(document, top | set(SECTIONS), f"{file}: ")
    mine = {key: value for key, value in document.items() if key in top} if not section else document.get(section)
    if mine is None:
        return {}
    if not isinstance(mine, dict):
        raise UsageProblemError(f"{file}: {section}: expected a mapping")
    _refuse_unknown(mine, known, f"{file}: {section}.")
    return mine


def _environment(
    section: str, known: Mapping[str, Field], environ: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Yield (setting, variable, text) of `section`, after refusing every `VIGIE_` variable that nobody knows."""
    prefix = f"VIGIE_{section.upper()}_" if section else "VIGIE_"
    mine = {prefix + name.upper(): name for name in known}
    common = {"VIGIE_" + field.name.upper() for field in fields(Common)} | {FILE_VARIABLE}
    others = tuple(f"VIGIE_{name.upper()}_" for name in SECTIONS if name != section)
    for variable in sorted(environ):
        if variable in mine:
            yield mine[variable], variable, environ[variable]
        elif variable.startswith("VIGIE_") and not variable.startswith(others) and variable not in common:
            expected = _nearest(variable, set(mine) | common)
            raise UsageProblemError(f"environment variable {variable} is not known; {expected}")


def _refuse_unknown(found: Mapping[Any, Any], known: set[str], where: str) -> None:
    for key in found:
        if key not in known:
            raise UsageProblemError(f"{where}{key} is not a setting; {_nearest(str(key), known)}")


def _nearest(word: str, known: set[str]) -> str:
    import difflib  # noqa: PLC0415 - needed for a mistake only

    close = difflib.get_close_matches(word, sorted(known), 1)
    return f"did you mean {close[0]}?" if close else "expected one of " + ", ".join(sorted(known))


def _metas(kind: Any) -> Iterator[msgspec.Meta]:
    """Yield what is annotated to a type, or to its alternatives; what stands outermost comes last."""
    if get_origin(kind) is Annotated:
        inner, *metas = get_args(kind)
        yield from _metas(inner)
        yield from metas
    elif get_origin(kind) in {Union, types.UnionType}:
        for member in get_args(kind):
            yield from _metas(member)


def _members(kind: Any) -> tuple[Any, ...]:
    """Return the alternatives of a type: `Annotated[X | None, …]` gives (X, NoneType)."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {Union, types.UnionType}:
        return tuple(member for one in get_args(kind) for member in _members(one))
    return (kind,)


def _metavar(field: Field) -> str | None:
    if field.is_bool:
        return None
    return "DURATION" if field.is_duration else field.name.rpartition("_")[2].upper()
