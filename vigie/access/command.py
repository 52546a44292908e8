"""The command `vigie access`: secrets made once, and Consul's roles brought into being."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from vigie.access import files
from vigie.access.api import Acl, Place
from vigie.access.apply import apply as bring
from vigie.access.apply import management_token, revoke_old
from vigie.access.roles import Role, fleet_roles, host_roles
from vigie.settings import Common, load, options

CONSUL = ("consul_url", "consul_token_file", "consul_ca_file", "consul_cert_file", "consul_key_file")
FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))


class NoSettings(msgspec.Struct, frozen=True):
    """What `vigie access` has of its own."""


@click.group()
def access() -> None:
    """Make the stack's secrets, and bring Consul's roles into being: one for each part, least privilege.

    --consul-token-file names a management token; without it FOLDER/token-management is taken, or got from a cluster
    that has given none yet.
    """


def _consul(function: Callable[..., Any]) -> Callable[..., Any]:
    return options(NoSettings, common=CONSUL)(FOLDER(function))


@access.command()
@FOLDER
def init(folder: Path) -> None:
    """Make what is missing of the stack's secrets in FOLDER; what is there stays as it is."""
    made = files.make_all(folder, [role.token_file for role in fleet_roles()])
    click.echo("\n".join(f"made {folder / name}" for name in made) or "nothing to make")


@access.command()
@_consul
@click.option("--revoke", is_flag=True, help="Delete the roles' tokens that are in no file: the end of a rotation.")
def apply(folder: Path, *, revoke: bool, **flags: Any) -> None:
    """Bring the fleet's policies and tokens into Consul; a second time changes nothing.

    To rotate a token delete its file, apply, hand the new file out, and apply with --revoke.
    """
    _carry_out(fleet_roles(), folder, flags, revoke=revoke)


@access.command()
@click.argument("host")
@_consul
@click.option("--revoke", is_flag=True, help="Delete the host's tokens that are in no file: the end of a rotation.")
def host(host: str, folder: Path, *, revoke: bool, **flags: Any) -> None:
    """Make the tokens of the machine HOST in FOLDER/hosts/HOST, for its exporter and its Consul agent.

    `web-*` is one pair for all machines whose names begin with web-, for what scales by itself.
    """
    own = folder / "hosts" / host
    roles = host_roles(host)
    _carry_out(roles, folder, flags, own=own, revoke=revoke)
    agent = next(role for role in roles if role.name == "consul-agent")
    text = files.client_configuration(folder, (own / agent.token_file).read_text().strip())
    files.write(own / "consul-agent.json", text)
    click.echo(f"{own}: token-exporter goes to /etc/vigie, consul-agent.json to /etc/consul.d")


def _carry_out(
    roles: Sequence[Role], folder: Path, flags: dict[str, Any], *, own: Path | None = None, revoke: bool
) -> None:
    with _opened(flags) as (acl, common):
        token = management_token(acl, folder, common.consul_token_file)
        done = list(bring(acl, token, roles, own or folder))
        done += revoke_old(acl, token, roles, own or folder) if revoke else []
    click.echo("\n".join(f"{one.what} {one.name}" for one in done) or "nothing to change")


@contextmanager
def _opened(flags: dict[str, Any]) -> Iterator[tuple[Acl, Common]]:
    common = load("", Common, flags)
    acl = Acl(Place(common.consul_url[0], common.consul_ca_file, common.consul_cert_file, common.consul_key_file))
    try:
        yield acl, common
    finally:
        acl.close()
