"""Consul's ACL endpoints, as far as versions 1.8 to 1.22 have them in common."""

from typing import Any

import msgspec

from vigie.core.errors import ProblemError
from vigie.core.http.client import HttpClient, Request, patient_for
from vigie.core.http.fetch_failure import FetchError
from vigie.core.settings import ConsulAccess

TIMEOUT_SECONDS = 30.0  # without a leader Consul itself takes up to ten before it says so


class DeniedError(ProblemError):
    """Consul does not know the token, or the token may not do this."""


class AclClient:
    """Calls Consul's ACL endpoints; every method raises ProblemError."""

    def __init__(self, access: ConsulAccess) -> None:
        """Take how Consul is reached; its token file does not count, each call has a token of its own."""
        self._client = HttpClient(msgspec.structs.replace(access, token_file=None), patient_for(TIMEOUT_SECONDS))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def bootstrap(self) -> str:
        """Return the first management token of a cluster that has none yet; Consul gives it only once."""
        return str(self._call("PUT", "bootstrap", None)["SecretID"])

    def list_policies(self, token: str) -> dict[str, str]:
        """Return the IDs of all policies by name."""
        return {policy["Name"]: policy["ID"] for policy in self._call("GET", "policies", token)}

    def read_policy_rules(self, token: str, policy_id: str) -> str:
        """Return a policy's rules."""
        return str(self._call("GET", f"policy/{policy_id}", token)["Rules"])

    def write_policy(self, token: str, name: str, rules: str, policy_id: str | None) -> None:
        """Create the policy `name`, or bring the one with `policy_id` to `rules`."""
        path = f"policy/{policy_id}" if policy_id else "policy"
        self._call("PUT", path, token, {"Name": name, "Description": "made by vigie consul-acl", "Rules": rules})

    def read_own_token(self, token: str) -> dict[str, Any] | None:
        """Return what Consul knows of `token` itself, None when it does not know it."""
        try:
            record: dict[str, Any] = self._call("GET", "token/self", token)
        except DeniedError:
            return None
        return record

    def list_tokens(self, token: str) -> dict[str, str]:
        """Return the descriptions of all tokens by their accessors."""
        return {record["AccessorID"]: record["Description"] for record in self._call("GET", "tokens", token)}

    def write_token(self, token: str, name: str, secret: str, accessor: str | None) -> None:
        """Create the token `secret` with the policy `name`, or bring the one with `accessor` to that policy."""
        path = f"token/{accessor}" if accessor else "token"
        body = {"Description": name, "Policies": [{"Name": name}]}
        # Current versions take a secret with an update only when it is the token's own, old ones ignore it.
        self._call("PUT", path, token, body if accessor else {**body, "SecretID": secret})

    def delete_token(self, token: str, accessor: str) -> None:
        """Delete a token; who holds it may do nothing from now on."""
        self._call("DELETE", f"token/{accessor}", token)

    def _call(self, method: str, path: str, token: str | None, body: dict[str, Any] | None = None) -> Any:
        headers = {"X-Consul-Token": token} if token else {}
        request = Request(method, f"/v1/acl/{path}", body=body, headers=headers, is_safe=method == "GET")
        try:
            return self._client.request_json(request)
        except FetchError as error:
            if error.failure.kind == "forbidden":
                raise DeniedError(f"Consul denies {method} /v1/acl/{path}: {error.failure.detail}") from error
            if error.failure.status:
                raise ProblemError(f"{error}; expected Consul with ACLs enabled and a leader") from error
            raise
