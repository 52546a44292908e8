"""How long `docker run` takes to the application's first sample. Run by `make bench-containers`, not collected."""

import random
import statistics
import time

import pytest

from tests.bench.cost import percentile
from tests.fixtures.docker import daemon as docker
from tests.fixtures.docker.stack import Stack

pytestmark = pytest.mark.integration
RUNS = 20


def test_run_to_first_sample(tmp_path, tmp_path_factory, start_consul, start_program, start_prometheus, wait_until):
    """Twenty containers, each run at another moment of the five seconds between scrapes."""
    with docker.running(tmp_path_factory.mktemp("docker")) as daemon:
        stack = Stack(daemon, tmp_path, start_consul, start_program, start_prometheus)
        taken = []
        for number in range(RUNS):
            time.sleep(random.uniform(0, 5))
            began = time.monotonic()
            stack.run(f"app-{number}")
            instance = f"web-1/app-{number}:8080"
            wait_until(lambda wanted=instance: wanted in stack.query("app_requests_total"), 60, instance)
            taken.append(time.monotonic() - began)
            print(f"{instance}: {taken[-1]:.1f} s", flush=True)
        print(f"\ndocker run -> first sample, {RUNS} runs: median {statistics.median(taken):.1f} s, ", end="")
        print(f"p95 {percentile(taken, 0.95):.1f} s, scraping every 5 s")
        stack.exporter.stop()
        stack.pool.shutdown()
