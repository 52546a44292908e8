"""Reads Consul's catalog: its leader, its nodes, the exporters that are registered."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from vigie.core.http.client import HttpClient
from vigie.core.http.fetch_failure import FetchError
from vigie.doctor.findings.facts import Check, Consul, HostKey, Registration, by_host

SERVICE = "vigie-exporter"
PLAIN = re.compile(r"[A-Za-z0-9._-]+")  # what may stand in a filter; anything else is filtered here


class _Found(NamedTuple):
    nodes: frozenset[HostKey]
    registrations: tuple[Registration, ...]
    is_filtered: bool


def read(server: HttpClient, host: str | None) -> Consul:
    """Return the catalog, of all datacenters, for one host's name or for all; raise FetchError.

    `unread` names the datacenters that do not answer.
    """
    has_leader = bool(server.get_json("/v1/status/leader"))
    names = tuple(str(name) for name in server.get_json("/v1/catalog/datacenters"))
    catalogs: dict[str, _Found] = {}
    unread = {}
    for name in names:
        try:
            catalogs[name] = _datacenter(server, name, host)
        except FetchError as error:
            if len(names) == 1:
                raise
            unread[name] = error.failure
    return Consul(
        has_leader=has_leader,
        datacenters=names,
        unread=unread,
        filtered=frozenset(name for name, catalog in catalogs.items() if catalog.is_filtered),
        nodes=frozenset().union(*(catalog.nodes for catalog in catalogs.values())),
        registrations=by_host((each.host, each) for catalog in catalogs.values() for each in catalog.registrations),
    )


def _datacenter(server: HttpClient, name: str, host: str | None) -> _Found:
    dc = {"dc": name}
    of_node, of_instance = dc, dc
    if host is not None and PLAIN.fullmatch(host):
        of_node = {**dc, "filter": f"Node == {json.dumps(host)}"}
        of_instance = {**dc, "filter": f"Node.Node == {json.dumps(host)}"}
    instances = server.get_json(f"/v1/health/service/{SERVICE}", **of_instance)
    nodes = server.get_json("/v1/catalog/nodes", **of_node)
    canary = server.get_json("/v1/health/service/consul", **dc)
    return _Found(
        nodes=frozenset((name, node["Node"]) for node in nodes),
        registrations=tuple(registration(name, instance) for instance in instances),
        is_filtered=not canary,
    )


def registration(dc: str, row: Mapping[str, Any]) -> Registration:
    """Return one instance as `/v1/health/service/…` has it."""
    node, service = row["Node"], row["Service"]
    return Registration(
        host=(dc, node["Node"]),
        id=service["ID"],
        address=service["Address"] or node["Address"],
        port=service["Port"],
        meta=service["Meta"] or {},
        tags=tuple(service["Tags"] or ()),
        checks=msgspec.convert(row["Checks"] or [], tuple[Check, ...]),
    )
