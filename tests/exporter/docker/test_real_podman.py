"""The inventory and the containers' page on a real podman."""

import pytest

from exporter.base.supplies import Supplies
from exporter.collectors.containers import Containers
from exporter.docker.client import Client
from exporter.docker.inventory import Inventory
from tests.fixtures.docker import podman as real

pytestmark = [pytest.mark.integration, pytest.mark.root]


@pytest.fixture(scope="module")
def podman(tmp_path_factory):
    with real.running(tmp_path_factory.mktemp("podman")) as engine:
        yield engine


@pytest.fixture
def inventory(podman):
    inventory = Inventory(Client(podman.url), retry_backoff_seconds=0.2)
    inventory.start()
    yield inventory
    inventory.close()


def test_from_a_start_to_a_stop(podman, inventory, wait_until):
    def read_container():
        return inventory.snapshot().containers.get(container_id)

    container_id = podman.start("web", "sleep", "1000", labels=["vigie.port=8080"])
    wait_until(lambda: read_container() and read_container().is_running)
    assert (read_container().name, read_container().image, read_container().labels["vigie.port"]) == (
        "web",
        "localhost/labbox:1",
        "8080",
    )
    collector = Supplies(inventory).make(Containers, Containers.options_type())
    try:
        page = collector.page().decode()
    finally:
        collector.close()
    of_it = [line for line in page.splitlines() if f"libpod-{container_id}" in line]
    values = {line.partition("{")[0]: float(line.rpartition(" ")[2]) for line in of_it}
    assert values["container_processes"] == 1
    assert values["container_memory_usage_bytes"] > 0
    assert values["container_cpu_user_seconds_total"] >= 0
    podman.tell("stop", "--time=0", "web")
    wait_until(lambda: read_container().state == "exited")
    assert read_container().exit_code == 137  # podman 4.3 has no event that tells who ended by `podman stop`
    podman.tell("rm", "web")
    wait_until(lambda: read_container() is None)


def test_a_failure_of_its_own(podman, inventory, wait_until):
    failed = podman.start("failed", "sh", "-c", "exit 7")
    wait_until(
        lambda: inventory.snapshot().containers.get(failed) and inventory.snapshot().containers[failed].exit_code
    )
    container = inventory.snapshot().containers[failed]
    assert (container.state, container.exit_code) == ("exited", 7)
