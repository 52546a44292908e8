"""What a settings type declares: each setting's name, key, flag, type and help."""

import enum
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
Urls = tuple[str, ...]
# The file with TLS and users, spelled everywhere as node_exporter spells it.
WebConfigFile = Annotated[Path, msgspec.Meta(extra={"flag": "--web.config.file"})]
ListenAddress = Annotated[str, msgspec.Meta(extra={"flag": "--web.listen-address"})]


class Field(NamedTuple):
    """One setting: its name here, its key in YAML, its flag, its type, how many values it takes, and its help.

    `group` is the name of the member that holds it, such as `prometheus` of `prometheus_url`, "" for none.
    """

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
    group: str = ""
    choices: tuple[str, ...] = ()  # the only values that it may have


def fields(kind: type[msgspec.Struct]) -> Iterator[Field]:
    """Yield the settings of `kind`.

    `msgspec.Meta(description=…, extra={"flag": …})` gives the help, and another flag than the name's. A flag with a
    dot is one of node_exporter's and is the key in YAML too. `extra={"option": False}` leaves the option to the
    commands that use it, or to none. A member that is a struct itself is a group: its settings are named
    `<member>_<setting>`, and `{server}` in their help is its `server`.
    """
    for member in msgspec.structs.fields(kind):
        group = group_type(member.type)
        if group is None:
            yield _field(member)
            continue
        server = getattr(group, "server", member.name)
        for inner in fields(group):
            name = f"{member.name}_{inner.name}"
            yield inner._replace(
                name=name,
                key=name,
                flag="--" + name.replace("_", "-"),
                help=inner.help.format(server=server),
                group=member.name,
            )


def group_type(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct that a member with this type holds, None when it is a setting."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None


def value_of(settings: msgspec.Struct, field: Field) -> Any:
    """Return the value that a setting has in `settings`."""
    if not field.group:
        return getattr(settings, field.name)
    return getattr(getattr(settings, field.group), field.name.removeprefix(f"{field.group}_"))


def build(kind: type[T], values: Mapping[str, Any]) -> T:
    """Return the settings of `kind` from values by the settings' names; the rest keeps its default."""
    members: dict[str, Any] = {}
    for member in msgspec.structs.fields(kind):
        group = group_type(member.type)
        prefix = f"{member.name}_"
        if group is None:
            if member.name in values:
                members[member.name] = values[member.name]
        else:
            own = {field.name: values[prefix + field.name] for field in fields(group) if prefix + field.name in values}
            if own:
                members[member.name] = build(group, own)
    return kind(**members)


def _field(member: msgspec.structs.FieldInfo) -> Field:
    metas = list(_metas(member.type))
    description = next((meta.description for meta in reversed(metas) if meta.description), "")
    extra = {key: value for meta in metas for key, value in (meta.extra or {}).items()}
    flag = extra.get("flag", "--" + member.name.replace("_", "-"))
    alternatives = [kind for kind in _alternatives(member.type) if kind is not types.NoneType]
    return Field(
        name=member.name,
        key=flag[2:] if "." in flag else member.name,
        flag=flag,
        type=member.type,
        is_list=any(get_origin(kind) in {tuple, list, frozenset} for kind in alternatives),
        is_bool=alternatives == [bool],
        is_duration="duration" in extra,
        help=description,
        secret=member.name.endswith(("token", "password", "secret")),
        has_option=extra.get("option", True),
        choices=tuple(choice for kind in alternatives for choice in _choices(kind)),
    )


def _metas(kind: Any) -> Iterator[msgspec.Meta]:
    """Yield what is annotated to a type, or to its alternatives; what stands outermost comes last."""
    if get_origin(kind) is Annotated:
        inner, *metas = get_args(kind)
        yield from _metas(inner)
        yield from metas
    elif get_origin(kind) in {Union, types.UnionType}:
        for alternative in get_args(kind):
            yield from _metas(alternative)


def _choices(kind: Any) -> tuple[str, ...]:
    """Return the only values that a type has, none when they are many."""
    if get_origin(kind) is Literal:
        return tuple(str(choice) for choice in get_args(kind))
    is_enum = isinstance(kind, type) and issubclass(kind, enum.Enum)
    return tuple(str(member.value) for member in kind) if is_enum else ()


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """Return the alternatives of a type: `Annotated[X | None, …]` gives (X, NoneType)."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {Union, types.UnionType}:
        return tuple(inner for alternative in get_args(kind) for inner in _alternatives(alternative))
    return (kind,)
