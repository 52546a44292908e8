"""A model of one datacenter's Consul: its catalog, its indexes, and what a token lets one see of it.

The shapes are those of `PUT /v1/catalog/register` and of the five endpoints that discovery reads; how indexes move is
that of Consul 1.8.7 (agent/consul/state/catalog.go), as far as discovery can notice.
"""

import copy
import json

SERVER = "server-1"
SERF = "serfHealth"


class ConsulModel:
    """One datacenter. `generation` changes when a snapshot is restored, which ends all queries that wait."""

    def __init__(self, dc):
        self.dc = dc
        self.generation = 0
        self._hidden = None  # None, "all", or a function that tells whether a row is hidden from the token
        self.tells_filtering = True  # X-Consul-Results-Filtered-By-ACLs, which came with 1.11
        self._content = {
            "index": 10, "extinct": 10, "indexes": {"services": 10, "checks": 10}, "of_service": {},
            "nodes": {}, "services": {}, "checks": {},
        }  # fmt: skip
        self._bodies = {}
        self._hidings = 0
        self.register(
            {
                "Node": SERVER,
                "Address": "10.255.0.1",
                "Service": {"ID": "consul", "Service": "consul", "Port": 8300, "Tags": []},
                "Checks": [{"CheckID": SERF, "Status": "passing"}],
            }
        )

    def register(self, body):
        """Take over a node with an instance, checks or both."""
        name, content = body["Node"], self._content
        index = self._next_index()
        node = {"Node": name, "ID": f"{self.dc}-{name}", "Address": body["Address"], "Meta": body.get("NodeMeta") or {}}
        if content["nodes"].get(name) != node:
            content["nodes"][name] = node
            self._touch_services_of(name, index)
        service = body.get("Service")
        if service:
            key = (name, service["ID"])
            before = content["services"].get(key)
            if before and before["Service"] != service["Service"]:
                content["of_service"][before["Service"]] = content["extinct"] = index
            created = before["CreateIndex"] if before else index
            content["services"][key] = {**service, "CreateIndex": created, "ModifyIndex": index}
            content["of_service"][service["Service"]] = content["indexes"]["services"] = index
        for check in body.get("Checks") or ():
            self._set_check(name, check, index)

    def deregister(self, body):
        """Take out an instance, or a whole node."""
        name, content = body["Node"], self._content
        index = self._next_index()
        identifiers = [body["ServiceID"]] if "ServiceID" in body else [key[1] for key in self._keys_of(name)]
        for identifier in identifiers:
            service = content["services"].pop((name, identifier), None)
            if service:
                content["of_service"][service["Service"]] = content["extinct"] = index
                content["indexes"]["services"] = content["indexes"]["checks"] = index
        gone = [key for key, check in content["checks"].items() if key[0] == name and check["ServiceID"] in identifiers]
        if "ServiceID" not in body:
            content["nodes"].pop(name, None)
            gone = [key for key in content["checks"] if key[0] == name]
            content["indexes"]["checks"] = index
        for key in gone:
            del content["checks"][key]

    def snapshot(self):
        """Return all that there is, as of now."""
        return copy.deepcopy(self._content)

    def restore(self, snapshot):
        """Go back to a snapshot, index included."""
        self._content = copy.deepcopy(snapshot)
        self.generation += 1
        self._hidings += 1

    def hide(self, hidden):
        """Have the token see less: None for nothing hidden, "all", or a function of (node, service)."""
        self._hidden = hidden
        self._hidings += 1

    def node_names(self):
        return [name for name in self._content["nodes"] if name != SERVER]

    def service_keys(self):
        """Return (node, ID) of all instances but Consul's own."""
        return [key for key in self._content["services"] if key[0] != SERVER]

    def index_of(self, path):
        """Return the index that the answer of a path has now."""
        content = self._content
        if path.startswith("/v1/health/service/"):
            name = path.rpartition("/")[2]
            is_there = any(service["Service"] == name for service in content["services"].values())
            return content["of_service"][name] if is_there else content["extinct"]
        return content["indexes"]["checks" if path.startswith("/v1/health/state/") else "services"]

    def answer(self, path):
        """Return (body, whether something was left out of it)."""
        key = path, self._content["index"], self._hidings
        if self._bodies.get("key") != key[1:]:
            self._bodies = {"key": key[1:]}
        if path not in self._bodies:
            rows = self._rows(path)
            visible = [row for row in rows if not self._is_hidden(row)]
            self._bodies[path] = self._body(path, visible), len(visible) < len(rows)
        return self._bodies[path]

    def _rows(self, path):
        content = self._content
        if path == "/v1/catalog/nodes":
            return [{"Node": node, "Service": None} for node in content["nodes"].values()]
        if path.startswith("/v1/health/state/"):
            rows = [
                {
                    "Node": content["nodes"][name],
                    "Service": content["services"].get((name, check["ServiceID"])),
                    **check,
                }
                for (name, _), check in content["checks"].items()
            ]
            return [{**row, "Check": row} for row in rows]
        if path.startswith("/v1/catalog/node/"):
            node = content["nodes"].get(path.rpartition("/")[2])
            keys = self._keys_of(node["Node"]) if node else ()
            return [{"Node": node, "Service": content["services"][key]} for key in keys]
        wanted = path.rpartition("/")[2] if path.startswith("/v1/health/service/") else None
        return [
            {"Node": content["nodes"][name], "Service": service}
            for (name, _), service in sorted(content["services"].items())
            if wanted in {None, service["Service"]}
        ]

    def _body(self, path, rows):
        if path == "/v1/catalog/nodes":
            return json.dumps([self._node(row["Node"]) for row in rows]).encode()
        if path == "/v1/internal/ui/nodes":
            nodes = {}
            for row in rows:
                nodes.setdefault(row["Node"]["Node"], {**self._node(row["Node"]), "Services": []})
                nodes[row["Node"]["Node"]]["Services"].append(row["Service"])
            return json.dumps(list(nodes.values())).encode()
        if path.startswith("/v1/catalog/node/"):
            services = {row["Service"]["ID"]: row["Service"] for row in rows}
            return json.dumps({"Node": self._node(rows[0]["Node"]), "Services": services} if rows else None).encode()
        if path == "/v1/catalog/services":
            tags = {}
            for row in rows:
                tags.setdefault(row["Service"]["Service"], set()).update(row["Service"].get("Tags") or ())
            return json.dumps({name: sorted(of_service) for name, of_service in sorted(tags.items())}).encode()
        if path.startswith("/v1/health/state/"):
            names = ("CheckID", "Status", "ServiceID", "CreateIndex", "ModifyIndex")
            checks = [
                {"Node": row["Node"]["Node"], "ServiceName": (row["Service"] or {}).get("Service", "")}
                | {name: row[name] for name in names}
                for row in rows
            ]
            return json.dumps(checks).encode()
        instances = [
            {"Node": self._node(row["Node"]), "Service": row["Service"], "Checks": self._checks_of(row)} for row in rows
        ]
        return json.dumps(instances).encode()

    def _node(self, node):
        return {**node, "Datacenter": self.dc, "TaggedAddresses": {"lan": node["Address"]}}

    def _checks_of(self, row):
        name, identifier = row["Node"]["Node"], row["Service"]["ID"]
        return [
            check
            for key, check in self._content["checks"].items()
            if key[0] == name and check["ServiceID"] in {"", identifier}
        ]

    def _is_hidden(self, row):
        if self._hidden is None:
            return False
        return self._hidden == "all" or self._hidden(row["Node"]["Node"], (row["Service"] or {}).get("Service", ""))

    def _set_check(self, name, check, index):
        content = self._content
        key = (name, check["CheckID"])
        fields = {"Status": "passing", "ServiceID": "", "Notes": "", **check}
        before = content["checks"].get(key)
        if before and all(before[field] == value for field, value in fields.items()):
            return
        created = before["CreateIndex"] if before else index
        content["checks"][key] = {**fields, "CreateIndex": created, "ModifyIndex": index}
        content["indexes"]["checks"] = index
        service = content["services"].get((name, fields["ServiceID"]))
        if service:
            content["of_service"][service["Service"]] = index
        else:
            self._touch_services_of(name, index)

    def remove_check(self, name, check_id):
        """Take out one check."""
        check = self._content["checks"].pop((name, check_id), None)
        if check:
            index = self._next_index()
            self._content["indexes"]["checks"] = index
            self._touch_services_of(name, index)

    def _touch_services_of(self, name, index):
        for key in self._keys_of(name):
            self._content["of_service"][self._content["services"][key]["Service"]] = index

    def _keys_of(self, name):
        return [key for key in self._content["services"] if key[0] == name]

    def _next_index(self):
        self._content["index"] += 1
        return self._content["index"]
