"""Brings Consul's policies and tokens to the roles; a second time it changes nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vigie.core.errors import ProblemError
from vigie.stack.consul_acl import files
from vigie.stack.consul_acl.api import AclClient
from vigie.stack.consul_acl.roles import Role


class Write(NamedTuple):
    """One write: what was done (`policy created`, `token updated`, …) and to which name in Consul."""

    what: str
    name: str


def find_management_token(acl: AclClient, folder: Path, file: Path | None) -> str:
    """Return the token that may write policies: from `file`, from the folder, else the cluster's first one.

    A cluster gives its first token once; it is written into the folder. Raises ProblemError.
    """
    chosen = file or folder / files.MANAGEMENT
    if file is None and not chosen.exists():
        return files.read_or_make(folder, files.MANAGEMENT, acl.bootstrap)
    try:
        return chosen.read_text().strip()
    except OSError as error:
        raise ProblemError(f"{chosen}: expected a readable file with a management token: {error.strerror}") from error


def apply_roles(acl: AclClient, token: str, roles: Sequence[Role], folder: Path) -> Iterator[Write]:
    """Yield each write that brings the roles' policies and tokens into Consul; token files are made when missing.

    Raises ProblemError, also when a role's token is one that Consul has for something else.
    """
    policies = acl.list_policies(token)
    for role in roles:
        yield from _apply_policy(acl, token, role, policies.get(role.consul_name))
        yield from _apply_token(acl, token, role, files.read_or_make(folder, role.token_file, files.make_token))


def revoke_old_tokens(acl: AclClient, token: str, roles: Sequence[Role], folder: Path) -> Iterator[Write]:
    """Yield each token of the roles that is deleted because it is not the one in its file: after a rotation."""
    accessors = {}
    for role in roles:
        own = acl.read_own_token((folder / role.token_file).read_text().strip())
        accessors[role.consul_name] = own["AccessorID"] if own else None
    for accessor, description in acl.list_tokens(token).items():
        if accessors.get(description) not in {None, accessor}:
            acl.delete_token(token, accessor)
            yield Write("token revoked", description)


def _apply_policy(acl: AclClient, token: str, role: Role, policy_id: str | None) -> Iterator[Write]:
    if policy_id and acl.read_policy_rules(token, policy_id) == role.rules:
        return
    acl.write_policy(token, role.consul_name, role.rules, policy_id)
    yield Write("policy updated" if policy_id else "policy created", role.consul_name)


def _apply_token(acl: AclClient, token: str, role: Role, secret: str) -> Iterator[Write]:
    own = acl.read_own_token(secret)
    if own and own["Description"] != role.consul_name:
        raise ProblemError(
            f"{role.token_file} holds a token that Consul knows as {own['Description']!r}: expected one of its own "
            f"for {role.consul_name}; delete the file to have one made"
        )
    if own and [policy["Name"] for policy in own.get("Policies") or []] == [role.consul_name]:
        return
    acl.write_token(token, role.consul_name, secret, own["AccessorID"] if own else None)
    yield Write("token updated" if own else "token created", role.consul_name)
