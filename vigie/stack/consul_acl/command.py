"""The command `vigie consul-acl`: makes the secrets once, and brings the roles into Consul."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from vigie.core.settings import Common, load, options
from vigie.stack.consul_acl import files
from vigie.stack.consul_acl.api import AclClient
from vigie.stack.consul_acl.apply import Write, apply_roles, find_management_token, revoke_old_tokens
from vigie.stack.consul_acl.roles import Role, fleet_roles, host_roles

FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
HOSTS = click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A machine, whose tokens lie in FOLDER/hosts/NAME; `web-*` means all that begin so. Repeatable.",
)


class NoSettings(msgspec.Struct, frozen=True):
    """What `vigie consul-acl` has of its own."""


@click.group()
def consul_acl() -> None:
    """Make the stack's secrets, and bring a role with the least privilege for each part into Consul.

    --consul-token-file names a management token. Without it the one in FOLDER/token-management counts. Where that is
    missing, Consul is bootstrapped, and that file gets its first token.
    """


@consul_acl.command()
@FOLDER
@HOSTS
def init(folder: Path, hosts: tuple[str, ...]) -> None:
    """Make the secrets that FOLDER lacks; those that it has stay as they are. It sends nothing to Consul."""
    names = files.make_all(folder, [role.token_file for role in fleet_roles()])
    for own, roles in _list_host_roles(folder, hosts):
        for role in roles:
            files.read_or_make(own, role.token_file, files.make_token)
        _write_agent(folder, own)
    click.echo("\n".join(f"made {folder / name}" for name in names) or "nothing to make")


@consul_acl.command()
@FOLDER
@HOSTS
@click.option("--revoke", is_flag=True, help="Delete the roles' tokens that are in no file, which ends a rotation.")
@options(NoSettings, common=("consul",))
def apply(folder: Path, hosts: tuple[str, ...], *, revoke: bool, **flags: Any) -> None:
    """Bring the policies and tokens of the fleet, and of each --host, into Consul. A second run changes nothing.

    To rotate a token delete its file, apply, hand out the new file, and apply with --revoke.
    """
    with _open(flags) as (acl, common):
        token = find_management_token(acl, folder, common.consul.token_file)
        writes: list[Write] = []
        for own, roles in [(folder, fleet_roles()), *_list_host_roles(folder, hosts)]:
            writes += apply_roles(acl, token, roles, own)
            writes += revoke_old_tokens(acl, token, roles, own) if revoke else []
    for own, _ in _list_host_roles(folder, hosts):
        _write_agent(folder, own)
    click.echo("\n".join(f"{write.what} {write.name}" for write in writes) or "nothing to change")


def _list_host_roles(folder: Path, hosts: tuple[str, ...]) -> list[tuple[Path, list[Role]]]:
    return [(folder / "hosts" / host, host_roles(host)) for host in hosts]


def _write_agent(folder: Path, own: Path) -> None:
    """Bring the secret part of the machine's Consul agent up to date, where the gossip key is known."""
    if (folder / files.GOSSIP).exists():
        text = files.format_client_configuration(folder, (own / "token-consul-agent").read_text().strip())
        files.update(own / "consul-agent.json", text)


@contextmanager
def _open(flags: dict[str, Any]) -> Iterator[tuple[AclClient, Common]]:
    common = load("", Common, flags)
    acl = AclClient(common.consul)
    try:
        yield acl, common
    finally:
        acl.close()
