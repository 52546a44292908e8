"""From the notice of a cloud's stand-in, through the whole program, to a real Consul."""

import signal
import sys

import pytest
import requests

from exporter.registration.record import SERVICE

HOST = "web-1"


@pytest.mark.integration
def test_spot_instance_that_will_be_taken_away(start_consul, aws, start_program, wait_until):
    consul = start_consul(node_name=HOST)

    def read_service():
        answer = requests.get(f"{consul.url}/v1/health/service/{SERVICE}", timeout=10)
        return answer.json()[0] if answer.ok and answer.json() else None

    def notes():
        return [check["Notes"] for check in read_service()["Checks"]]

    exporter = start_program(
        [sys.executable, "-m", "vigie", "exporter", f"--host-name={HOST}", f"--consul-url={consul.url}",
         "--web.listen-address=127.0.0.1:{port}", "--watch-interval=1", "--retry-backoff=1",
         "--cloud", f"--cloud-metadata-url={aws.url}", "--cloud-tag=Team", "--cloud-poll-interval=1"],
        "/-/healthy",
    )  # fmt: skip
    wait_until(lambda: read_service() and "cloud" in read_service()["Service"]["Meta"])
    meta = read_service()["Service"]["Meta"]
    assert (meta["instance_id"], meta["lifecycle"], meta["label_Team"]) == ("i-1234567890abcdef0", "spot", "core")

    aws.meta["spot/instance-action"] = '{"action": "terminate", "time": "2017-09-18T08:22:00Z"}'
    wait_until(lambda: "vigie: interruption" in notes())
    page = requests.get(f"{exporter.url}/metrics", timeout=10).text
    assert "vigie_spot_interruption_imminent 1\n" in page
    assert "vigie_spot_interruption_timestamp_seconds 1505722920\n" in page

    exporter.stop(signal.SIGKILL)
    del aws.meta["spot/instance-action"]
    exporter.start()
    wait_until(lambda: "vigie: interruption" not in notes(), what="the start that clears the mark of an earlier run")
