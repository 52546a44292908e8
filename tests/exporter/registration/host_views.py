"""What Consul and the exporter's page say of this host's registration."""

import requests

from exporter.registration.record import SERVICE


def catalog(consul):
    answer = requests.get(f"{consul.url}/v1/health/service/{SERVICE}", timeout=10)
    return answer.json() if answer.ok else []


def ports(consul):
    return [instance["Service"]["Port"] for instance in catalog(consul)]


def state(registrar):
    lines = registrar.page().decode().splitlines()
    (line,) = (line for line in lines if line.startswith("vigie_registration_state{") and line.endswith(" 1"))
    return line.split('"')[1]


def maintenance(consul):
    checks = [check for instance in catalog(consul) for check in instance["Checks"]]
    return [check["Notes"] for check in checks if check["Type"] == "maintenance"]
