import socket
import threading

import pytest

from exporter.cloud.watcher import CloudWatcher, Hooks
from vigie.core.errors import UsageProblemError


@pytest.fixture
def watch():
    """Return `watch(url, **changes)`: a started watcher with `facts` and `reasons`, the lists of what it told."""
    started = []

    def watch(url, tags=(), refresh_interval_seconds=3600.0, poll_interval_seconds=0.05):
        facts, reasons = [], []
        watcher = CloudWatcher(
            url, tags, Hooks(facts.append, reasons.append), refresh_interval_seconds, poll_interval_seconds
        )
        watcher.facts, watcher.reasons = facts, reasons
        started.append(watcher)
        watcher.start()
        return watcher

    yield watch
    for watcher in started:
        watcher.stop()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr("exporter.cloud.gcp.WAIT_SECONDS", 1)
    monkeypatch.setattr("exporter.cloud.metadata.TIMEOUT_SECONDS", 1.0)


@pytest.fixture(autouse=True)
def ended_threads():
    yield
    for thread in threading.enumerate():
        if thread.name == "cloud":
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_each_cloud_is_recognised(request, cloud, watch, wait_until):
    watcher = watch(request.getfixturevalue(cloud).url)
    wait_until(lambda: watcher.facts)
    assert (watcher.facts[0]["cloud"], watcher.facts[0]["lifecycle"]) == (cloud, "spot")


def test_a_notice_brings_maintenance_and_its_withdrawal_ends_it(aws, watch, wait_until):
    watcher = watch(aws.url)
    assert b"vigie_spot_interruption_imminent 0\n" in watcher.page()
    aws.meta["spot/instance-action"] = '{"action": "stop", "time": "2017-09-18T08:22:00Z"}'
    wait_until(lambda: watcher.reasons == ["vigie: interruption"])
    assert b"vigie_spot_interruption_imminent 1\n" in watcher.page()
    assert b"vigie_spot_interruption_timestamp_seconds 1505722920\n" in watcher.page()
    del aws.meta["spot/instance-action"]
    wait_until(lambda: watcher.reasons == ["vigie: interruption", None])
    assert b"timestamp_seconds" not in watcher.page()


def test_preemption_is_seen_while_google_is_waited_for(gcp, watch, wait_until):
    watcher = watch(gcp.url)
    wait_until(lambda: gcp.asked.count("GET /computeMetadata/v1/instance/preempted") > 1)
    gcp.set("preempted", "TRUE")
    wait_until(lambda: watcher.reasons == ["vigie: interruption"])


def test_recommendation_is_a_metric_and_no_mark(aws, watch, wait_until):
    watcher = watch(aws.url)
    aws.meta["events/recommendations/rebalance"] = '{"noticeTime": "2020-10-27T08:22:00Z"}'
    wait_until(lambda: b"vigie_spot_rebalance_recommended 1\n" in watcher.page())
    assert watcher.reasons == []


def test_notice_stays_while_the_service_is_away(aws, watch, wait_until):
    watcher = watch(aws.url)
    aws.meta["spot/instance-action"] = '{"action": "stop", "time": "2017-09-18T08:22:00Z"}'
    wait_until(lambda: watcher.reasons)
    aws.is_refusing = True
    wait_until(lambda: "got 500" in watcher._last_failure)
    assert b"vigie_spot_interruption_imminent 1\n" in watcher.page()
    aws.is_refusing = False
    wait_until(lambda: watcher._last_failure == "")
    assert watcher.reasons == ["vigie: interruption"]


def test_on_demand_is_not_polled(aws, watch, wait_until):
    aws.meta["instance-life-cycle"] = "on-demand"
    watcher = watch(aws.url, refresh_interval_seconds=0.2)
    wait_until(lambda: len(watcher.facts) > 2)
    assert not [path for path in aws.asked if "spot" in path or "rebalance" in path]


def test_tags_of_the_list_become_labels_and_are_read_anew(aws, watch, wait_until):
    watcher = watch(aws.url, tags=("Team",), refresh_interval_seconds=0.2)
    wait_until(lambda: watcher.facts)
    assert watcher.facts[0]["label_Team"] == "core"
    assert "label_Cost_Centre" not in watcher.facts[0]
    aws.meta["tags/instance/Team"] = "edge"
    wait_until(lambda: watcher.facts[-1]["label_Team"] == "edge")


def test_without_a_service_it_looks_again_later(free_port, watch):
    port = free_port()
    watcher = watch(f"http://127.0.0.1:{port}", refresh_interval_seconds=0.1)
    with socket.create_server(("127.0.0.1", port)) as late:
        late.settimeout(10)
        late.accept()[0].close()  # raises when nobody comes again
    assert (watcher.facts, watcher.reasons) == ([], [])


def test_service_that_is_no_clouds_is_told_once(aws, watch, wait_until):
    aws.is_refusing = True
    watcher = watch(aws.url, refresh_interval_seconds=0.1)
    wait_until(lambda: "got 500" in watcher._last_failure and "not from Google" in watcher._last_failure)
    assert watcher.facts == []


@pytest.mark.parametrize("url", ["169.254.169.254", "https://169.254.169.254", "http://"])
def test_address_that_is_none(url):
    with pytest.raises(UsageProblemError, match="expected http://HOST"):
        CloudWatcher(url, (), Hooks(print, print), 1, 1)
