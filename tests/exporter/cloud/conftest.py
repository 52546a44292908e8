"""Stand-ins for the metadata services of three clouds: local servers that answer as the public documentation shows.

AWS: docs.aws.amazon.com/AWSEC2/latest/UserGuide: configuring-instance-metadata-service, instancedata-data-categories,
spot-instance-termination-notices, rebalance-recommendations, work-with-tags-in-IMDS.
Google: cloud.google.com/compute/docs/metadata/querying-metadata, …/predefined-metadata-keys,
…/instances/create-use-spot.
Azure: learn.microsoft.com/azure/virtual-machines/instance-metadata-service, …/linux/scheduled-events.
"""

import http.server
import json
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from exporter.cloud.metadata import Metadata


class StandIn:
    """A server whose `answer(method, path, query, headers)` gives (status, text, headers); `asked` lists the paths."""

    def __init__(self):
        self.asked = []
        self.is_refusing = False
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urlsplit(self.path)
                stand_in.asked.append(f"{self.command} {url.path}")
                status, text, headers = stand_in.answer(self.command, url.path, parse_qs(url.query), self.headers)
                if stand_in.is_refusing:
                    status, text, headers = 500, "", {}
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            do_PUT = do_GET  # noqa: N815 - the standard library's name

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class AwsStandIn(StandIn):
    """EC2's, version 2 alone: without a valid token everything is 401."""

    def __init__(self):
        self.tokens = []
        self.meta = {
            "instance-life-cycle": "spot",
            "tags/instance/Team": "core",
            "tags/instance/Cost Centre": "42",
        }
        self.document = {
            "accountId": "123456789012",
            "architecture": "x86_64",
            "availabilityZone": "us-west-2b",
            "imageId": "ami-5fb8c835",
            "instanceId": "i-1234567890abcdef0",
            "instanceType": "t2.micro",
            "pendingTime": "2016-11-19T16:32:11Z",
            "privateIp": "10.158.112.84",
            "region": "us-west-2",
            "version": "2017-09-30",
        }
        super().__init__()

    def answer(self, method, path, query, headers):  # noqa: ARG002 - one signature for all
        if path == "/latest/api/token":
            if method != "PUT":
                return 405, "", {}
            if not 1 <= int(headers.get("X-aws-ec2-metadata-token-ttl-seconds", 0)) <= 21600:
                return 400, "", {}
            self.tokens.append(f"AQAEA{len(self.tokens)}==")
            return 200, self.tokens[-1], {}
        if not self.tokens or headers.get("X-aws-ec2-metadata-token") != self.tokens[-1]:
            return 401, "", {}
        if path == "/latest/dynamic/instance-identity/document":
            return 200, json.dumps(self.document), {}
        value = self.meta.get(path.removeprefix("/latest/meta-data/").replace("%20", " "))
        return (200, value, {}) if value is not None else (404, "", {})


class GcpStandIn(StandIn):
    """Google's: 403 without the flavour header, which every answer carries; waits for a change when asked."""

    def __init__(self):
        self.values = {
            "id": "4520031799277581759",
            "zone": "projects/123456789/zones/us-east1-b",
            "machine-type": "projects/123456789/machineTypes/e2-small",
            "scheduling/preemptible": "TRUE",
            "preempted": "FALSE",
            "attributes/team": "core",
        }
        self.changed = threading.Condition()
        super().__init__()

    def set(self, name, value):
        with self.changed:
            self.values[name] = value
            self.changed.notify_all()

    def answer(self, method, path, query, headers):
        flavor = {"Metadata-Flavor": "Google", "Server": "Metadata Server for VM"}
        if method != "GET":
            return 405, "", flavor
        if headers.get("Metadata-Flavor") != "Google":
            return 403, "", flavor
        name = path.removeprefix("/computeMetadata/v1/instance/")
        if query.get("wait_for_change") == ["true"]:
            with self.changed:
                self.changed.wait_for(
                    lambda: self._etag(name) != query["last_etag"][0], float(query.get("timeout_sec", ["0"])[0])
                )
        if name not in self.values:
            return 404, "", flavor
        return 200, self.values[name], {**flavor, "ETag": self._etag(name)}

    def _etag(self, name):
        return f"{hash(self.values.get(name)) & 0xFFFFFFFFFFFFFFFF:016x}"

    def close(self):
        self.set("preempted", f"closing {time.monotonic()}")
        super().close()


class AzureStandIn(StandIn):
    """Azure's: 400 without the header `Metadata: true`, or without a version."""

    def __init__(self):
        self.compute = {
            "azEnvironment": "AzurePublicCloud",
            "location": "westus",
            "name": "web-1_0",
            "priority": "Spot",
            "tags": "Department:IT;team:core",
            "tagsList": [{"name": "Department", "value": "IT"}, {"name": "team", "value": "core"}],
            "vmId": "02aab8a4-74ef-476e-8182-f6d2ba4166a6",
            "vmSize": "Standard_A3",
            "zone": "1",
        }
        self.events = []
        super().__init__()

    def event(self, **changes):
        return {
            "EventId": "f020ba2e-3bc0-4c40-a10b-86575a9eabd5",
            "EventStatus": "Scheduled",
            "EventType": "Preempt",
            "ResourceType": "VirtualMachine",
            "Resources": ["web-1_0"],
            "NotBefore": "Mon, 19 Sep 2016 18:29:47 GMT",
            "Description": "",
            "EventSource": "Platform",
            "DurationInSeconds": -1,
            **changes,
        }

    def answer(self, method, path, query, headers):
        if method != "GET" or headers.get("Metadata") != "true" or not query.get("api-version"):
            return 400, '{"error": "Bad request"}', {}
        if path == "/metadata/instance/compute":
            return 200, json.dumps(self.compute), {}
        if path == "/metadata/scheduledevents":
            return 200, json.dumps({"DocumentIncarnation": 1, "Events": self.events}), {}
        return 404, "", {}


@pytest.fixture
def start_stand_in():
    started = []

    def start_stand_in(kind):
        stand_in = kind()
        started.append(stand_in)
        return stand_in

    yield start_stand_in
    for stand_in in started:
        stand_in.close()


@pytest.fixture
def aws(start_stand_in):
    return start_stand_in(AwsStandIn)


@pytest.fixture
def gcp(start_stand_in):
    return start_stand_in(GcpStandIn)


@pytest.fixture
def azure(start_stand_in):
    return start_stand_in(AzureStandIn)


@pytest.fixture
def metadata():
    """Return `metadata(url)`: a client, closed after the test."""

    clients = []

    def metadata(url):
        clients.append(Metadata(url))
        return clients[-1]

    yield metadata
    for client in clients:
        client.close()
