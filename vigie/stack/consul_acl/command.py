"""The command `vigie consul-acl`: secrets made once, and Consul's roles brought into being."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from vigie.core.settings import Common, load, options
from vigie.stack.consul_acl import files
from vigie.stack.consul_acl.api import Acl, Place
from vigie.stack.consul_acl.apply import Done, management_token, revoke_old
from vigie.stack.consul_acl.apply import apply as bring
from vigie.stack.consul_acl.roles import Role, fleet_roles, host_roles

CONSUL = ("consul_url", "consul_token_file", "consul_ca_file", "consul_cert_file", "consul_key_file")
FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
HOSTS = click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A machine, whose tokens lie in FOLDER/hosts/NAME; `web-*` is one pair for all that begin so. Repeatable.",
)


class NoSettings(msgspec.Struct, frozen=True):
    """What `vigie consul-acl` has of its own."""


@click.group()
def consul_acl() -> None:
    """Make the stack's secrets, and bring Consul's roles into being: one for each part, least privilege.

    --consul-token-file names a management token; without it FOLDER/token-management is taken, or got from a cluster
    that has given none yet.
    """


@consul_acl.command()
@FOLDER
@HOSTS
def init(folder: Path, hosts: tuple[str, ...]) -> None:
    """Make what is missing of the stack's secrets in FOLDER; what is there stays as it is. Consul is not asked."""
    made = files.make_all(folder, [role.token_file for role in fleet_roles()])
    for own, roles in _of_hosts(folder, hosts):
        for role in roles:
            files.keep(own, role.token_file, files.new_token)
        _write_agent(folder, own)
    click.echo("\n".join(f"made {folder / name}" for name in made) or "nothing to make")


@consul_acl.command()
@FOLDER
@HOSTS
@click.option("--revoke", is_flag=True, help="Delete the roles' tokens that are in no file: the end of a rotation.")
@options(NoSettings, common=CONSUL)
def apply(folder: Path, hosts: tuple[str, ...], *, revoke: bool, **flags: Any) -> None:
    """Bring the policies and tokens of the fleet, and of each --host, into Consul; a second time changes nothing.

    To rotate a token delete its file, apply, hand the new file out, and apply with --revoke.
    """
    with _opened(flags) as (acl, common):
        token = management_token(acl, folder, common.consul_token_file)
        done: list[Done] = []
        for own, roles in [(folder, fleet_roles()), *_of_hosts(folder, hosts)]:
            done += bring(acl, token, roles, own)
            done += revoke_old(acl, token, roles, own) if revoke else []
    for own, _ in _of_hosts(folder, hosts):
        _write_agent(folder, own)
    click.echo("\n".join(f"{one.what} {one.name}" for one in done) or "nothing to change")


def _of_hosts(folder: Path, hosts: tuple[str, ...]) -> list[tuple[Path, list[Role]]]:
    return [(folder / "hosts" / host, host_roles(host)) for host in hosts]


def _write_agent(folder: Path, own: Path) -> None:
    """Bring the secret part of the machine's Consul agent up to date, where the gossip key is known."""
    if (folder / files.GOSSIP).exists():
        text = files.client_configuration(folder, (own / "token-consul-agent").read_text().strip())
        files.update(own / "consul-agent.json", text)


@contextmanager
def _opened(flags: dict[str, Any]) -> Iterator[tuple[Acl, Common]]:
    common = load("", Common, flags)
    acl = Acl(Place(common.consul_url[0], common.consul_ca_file, common.consul_cert_file, common.consul_key_file))
    try:
        yield acl, common
    finally:
        acl.close()
