"""Containers as a test says they are, an agent that keeps what it wrote, and what Consul holds."""

import threading
import time

import requests

from exporter.docker.inventory import Snapshot
from exporter.registration.agent import Agent

HOST = "web-1"
WEB = f"vigie:{HOST}:web:8080"


class Containers:
    """Stands in for the inventory: what a test says there is."""

    def __init__(self, *containers, is_known=True):
        self.changed = threading.Condition()
        self.current = Snapshot(1, {container.id: container for container in containers}, is_known, is_known, "")

    def snapshot(self):
        return self.current

    def wait(self, known_generation, timeout_seconds):
        with self.changed:
            self.changed.wait_for(lambda: self.current.generation > known_generation, timeout_seconds)
            return self.current

    def be(self, *containers):
        with self.changed:
            by_id = {container.id: container for container in containers}
            self.current = Snapshot(self.current.generation + 1, by_id, is_known=True, is_connected=True, failure="")
            self.changed.notify_all()


class CountingAgent(Agent):
    """Keeps what it wrote in `writes`."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.writes = []

    def register(self, record):
        self.writes.append(("register", record.id))
        super().register(record)

    def deregister(self, service_id):
        self.writes.append(("deregister", service_id, dict(self.maintenance_reasons())))
        super().deregister(service_id)


def end(registrar):
    """Stop the thread as a killed exporter's: nothing is announced or deregistered."""
    registrar._ending.set()
    registrar._containers.be()
    registrar._thread.join(10)
    registrar._agent.close()


def put(consul, path):
    requests.put(consul.url + path, timeout=10).raise_for_status()


def services(consul):
    return set(requests.get(f"{consul.url}/v1/agent/services", timeout=10).json())


def checks(consul, service):
    answer = requests.get(f"{consul.url}/v1/health/service/{service}", timeout=10).json()
    return {check["Name"]: check["Status"] for instance in answer for check in instance["Checks"] if check["ServiceID"]}


def count(registrar, metric):
    """Return the value of `name{label="…"}`, written as `name label`."""
    name, value = metric.split()
    lines = registrar.page().decode().splitlines()
    (line,) = (line for line in lines if line.startswith(f"{name}{{") and f'="{value}"}}' in line)
    return float(line.rpartition(" ")[2])


def passes(registrar, number=3):
    """Wait for so many passes over Consul."""
    for _ in range(number):
        reconciled_at, deadline = registrar._reconciled_at, time.monotonic() + 30
        while registrar._reconciled_at == reconciled_at:
            assert time.monotonic() < deadline
            time.sleep(0.05)
