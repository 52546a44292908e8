"""Brings Consul's policies and tokens to the roles; a second time it changes nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vigie.core.errors import ProblemError
from vigie.stack.consul_acl import files
from vigie.stack.consul_acl.api import Acl
from vigie.stack.consul_acl.roles import Role


class Done(NamedTuple):
    """One write: what was done (`policy created`, `token updated`, …) and to which name in Consul."""

    what: str
    name: str


def management_token(acl: Acl, folder: Path, file: Path | None) -> str:
    """Return the token that may write policies: from `file`, from the folder, else the cluster's first one.

    A cluster gives its first token once; it is written into the folder. Raises ProblemError.
    """
    chosen = file or folder / files.MANAGEMENT
    if file is None and not chosen.exists():
        return files.keep(folder, files.MANAGEMENT, acl.bootstrap)
    try:
        return chosen.read_text().strip()
    except OSError as error:
        raise ProblemError(f"{chosen}: expected a readable file with a management token: {error.strerror}") from error


def apply(acl: Acl, token: str, roles: Sequence[Role], folder: Path) -> Iterator[Done]:
    """Yield each write that brings the roles' policies and tokens into Consul; token files are made when missing.

    Raises ProblemError, also when a role's token is one that Consul has for something else.
    """
    known = acl.policies(token)
    for role in roles:
        yield from _policy(acl, token, role, known.get(role.consul_name))
        yield from _token(acl, token, role, files.keep(folder, role.token_file, files.new_token))


def revoke_old(acl: Acl, token: str, roles: Sequence[Role], folder: Path) -> Iterator[Done]:
    """Yield each token of the roles that is deleted because it is not the one in its file: after a rotation."""
    names = {}
    for role in roles:
        own = acl.own_token((folder / role.token_file).read_text().strip())
        names[role.consul_name] = own["AccessorID"] if own else None
    for accessor, description in acl.tokens(token).items():
        if names.get(description) not in {None, accessor}:
            acl.delete_token(token, accessor)
            yield Done("token revoked", description)


def _policy(acl: Acl, token: str, role: Role, policy_id: str | None) -> Iterator[Done]:
    if policy_id and acl.policy_rules(token, policy_id) == role.rules:
        return
    acl.write_policy(token, role.consul_name, role.rules, policy_id)
    yield Done("policy updated" if policy_id else "policy created", role.consul_name)


def _token(acl: Acl, token: str, role: Role, secret: str) -> Iterator[Done]:
    own = acl.own_token(secret)
    if own and own["Description"] != role.consul_name:
        raise ProblemError(
            f"{role.token_file} holds a token that Consul knows as {own['Description']!r}: expected one of its own "
            f"for {role.consul_name}; delete the file to have one made"
        )
    if own and [one["Name"] for one in own.get("Policies") or []] == [role.consul_name]:
        return
    acl.write_token(token, role.consul_name, secret, own["AccessorID"] if own else None)
    yield Done("token updated" if own else "token created", role.consul_name)
