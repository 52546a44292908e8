"""A catalog that is too large for one answer is read in pieces from then on; changes are seen as before."""

import pytest

from discovery.consul import service_readers
from tests.discovery.model.consul_model import ConsulModel
from tests.discovery.model.discovery_run import DiscoveryRun
from tests.discovery.model.network import Network
from tests.discovery.model.simulation import Simulation

SERVICES = 30
WHOLE_CATALOG = "/v1/internal/ui/nodes"


class CountingConsul(ConsulModel):
    """A Consul that counts who read its whole catalog."""

    catalog_reads = 0

    def answer(self, path):
        self.catalog_reads += path == WHOLE_CATALOG
        return super().answer(path)


@pytest.fixture
def start():
    runs = []

    def start(consul):
        simulation = Simulation()
        run = DiscoveryRun(simulation, Network(simulation, {"": consul, "dc1": consul}), None)
        runs.append(run)
        run.start(("dc1",), watch_connections=5)
        simulation.run_for(30)
        return simulation, run

    yield start
    for run in runs:
        run.close()


def register(consul, number, port):
    service = {"ID": f"s{number}", "Service": f"s{number}", "Port": port, "Tags": ["prometheus"]}
    check = {"CheckID": f"c{number}", "ServiceID": f"s{number}", "Status": "passing"}
    consul.register({"Node": f"m{number}", "Address": f"10.0.0.{number + 1}", "Service": service, "Checks": [check]})


@pytest.mark.parametrize(
    ("bytes_max", "reads"), [(10, range(1, 2)), (10_000_000, range(4, 40))], ids=["large", "small"]
)
def test_changes_are_seen_whatever_its_size(start, monkeypatch, bytes_max, reads):
    monkeypatch.setattr(service_readers, "CATALOG_BYTES_MAX", bytes_max)
    consul = CountingConsul("dc1")
    for number in range(SERVICES):
        register(consul, number, 8000 + number)
    simulation, run = start(consul)
    for number in (29, 28, 27):
        register(consul, number, 7000 + number)
        simulation.run_for(10)
        assert f"10.0.0.{number + 1}:{7000 + number}" in {target.address for target in run.targets()}
    assert consul.catalog_reads in reads
