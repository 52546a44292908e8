"""A real Consul with a client agent, for `Operations` to act on as on the model."""

from urllib.parse import quote

import requests

TIMEOUT_SECONDS = 20


class RealConsul:
    """One datacenter; what is written for the node `agent_name` goes through that agent, all else into the catalog."""

    def __init__(self, server_url, agent_url, agent_name):
        self._server_url, self._agent_url, self._agent_name = server_url, agent_url, agent_name
        self._own = {node["Node"] for node in self._get("/v1/catalog/nodes")}

    def register(self, body):
        if body["Node"] != self._agent_name:
            self._put(f"{self._server_url}/v1/catalog/register", body)
        elif "Service" in body:
            record = {("Name" if name == "Service" else name): value for name, value in body["Service"].items()}
            check = next(check for check in body["Checks"] if check.get("ServiceID"))
            ttl = {"CheckID": check["CheckID"], "TTL": "24h", "Status": check["Status"]}
            self._put(f"{self._agent_url}/v1/agent/service/register", {**record, "Check": ttl})

    def deregister(self, body):
        if body["Node"] != self._agent_name:
            self._put(f"{self._server_url}/v1/catalog/deregister", body)
        else:
            self._put(f"{self._agent_url}/v1/agent/service/deregister/{quote(body['ServiceID'], safe='')}")

    def snapshot(self):
        answer = requests.get(f"{self._server_url}/v1/snapshot", timeout=TIMEOUT_SECONDS)
        assert answer.ok, answer.text
        return answer.content

    def restore(self, snapshot):
        answer = requests.put(f"{self._server_url}/v1/snapshot", data=snapshot, timeout=TIMEOUT_SECONDS)
        assert answer.ok, answer.text

    def node_names(self):
        """Return the machines, without those that Consul itself runs on."""
        return [node["Node"] for node in self._get("/v1/catalog/nodes") if node["Node"] not in self._own]

    def service_keys(self):
        """Return (node, ID) of all instances on them."""
        return [
            (node, identifier)
            for node in self.node_names()
            for identifier in (self._get(f"/v1/catalog/node/{node}") or {"Services": {}})["Services"]
        ]

    def _get(self, path):
        answer = requests.get(self._server_url + path, timeout=TIMEOUT_SECONDS)
        assert answer.ok, answer.text
        return answer.json()

    @staticmethod
    def _put(url, body=None):
        answer = requests.put(url, json=body, timeout=TIMEOUT_SECONDS)
        assert answer.ok, f"{url}: {answer.text}"
