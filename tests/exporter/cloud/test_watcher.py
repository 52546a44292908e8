import socket
import threading

import pytest

from exporter.cloud.watcher import CloudWatcher, Hooks
from vigie.core.errors import UsageProblemError


@pytest.fixture
def watch():
    """Return `watch(url, **changes)`: a started watcher with `facts` and `marks`, the lists of what it told."""
    started = []

    def watch(url, tags=(), look_seconds=3600.0, poll_seconds=0.05):
        facts, marks = [], []
        one = CloudWatcher(url, tags, Hooks(facts.append, marks.append), look_seconds, poll_seconds)
        one.facts, one.marks = facts, marks
        started.append(one)
        one.start()
        return one

    yield watch
    for one in started:
        one.stop()


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
    one = watch(request.getfixturevalue(cloud).url)
    wait_until(lambda: one.facts)
    assert (one.facts[0]["cloud"], one.facts[0]["lifecycle"]) == (cloud, "spot")


def test_notice_marks_and_its_withdrawal_unmarks(aws, watch, wait_until):
    one = watch(aws.url)
    assert b"vigie_spot_interruption_imminent 0\n" in one.page()
    aws.meta["spot/instance-action"] = '{"action": "stop", "time": "2017-09-18T08:22:00Z"}'
    wait_until(lambda: one.marks == ["vigie: interruption"])
    assert b"vigie_spot_interruption_imminent 1\n" in one.page()
    assert b"vigie_spot_interruption_timestamp_seconds 1505722920\n" in one.page()
    del aws.meta["spot/instance-action"]
    wait_until(lambda: one.marks == ["vigie: interruption", None])
    assert b"timestamp_seconds" not in one.page()


def test_preemption_is_seen_while_google_is_waited_for(gcp, watch, wait_until):
    one = watch(gcp.url)
    wait_until(lambda: gcp.asked.count("GET /computeMetadata/v1/instance/preempted") > 1)
    gcp.set("preempted", "TRUE")
    wait_until(lambda: one.marks == ["vigie: interruption"])


def test_recommendation_is_a_metric_and_no_mark(aws, watch, wait_until):
    one = watch(aws.url)
    aws.meta["events/recommendations/rebalance"] = '{"noticeTime": "2020-10-27T08:22:00Z"}'
    wait_until(lambda: b"vigie_spot_rebalance_recommended 1\n" in one.page())
    assert one.marks == []


def test_notice_stays_while_the_service_is_away(aws, watch, wait_until):
    one = watch(aws.url)
    aws.meta["spot/instance-action"] = '{"action": "stop", "time": "2017-09-18T08:22:00Z"}'
    wait_until(lambda: one.marks)
    aws.is_refusing = True
    wait_until(lambda: "got 500" in one._last_failure)
    assert b"vigie_spot_interruption_imminent 1\n" in one.page()
    aws.is_refusing = False
    wait_until(lambda: one._last_failure == "")
    assert one.marks == ["vigie: interruption"]


def test_on_demand_is_not_polled(aws, watch, wait_until):
    aws.meta["instance-life-cycle"] = "on-demand"
    one = watch(aws.url, look_seconds=0.2)
    wait_until(lambda: len(one.facts) > 2)
    assert not [path for path in aws.asked if "spot" in path or "rebalance" in path]


def test_tags_of_the_list_become_labels_and_are_read_anew(aws, watch, wait_until):
    one = watch(aws.url, tags=("Team",), look_seconds=0.2)
    wait_until(lambda: one.facts)
    assert one.facts[0]["label_Team"] == "core"
    assert "label_Cost_Centre" not in one.facts[0]
    aws.meta["tags/instance/Team"] = "edge"
    wait_until(lambda: one.facts[-1]["label_Team"] == "edge")


def test_without_a_service_it_looks_again_later(free_port, watch):
    port = free_port()
    one = watch(f"http://127.0.0.1:{port}", look_seconds=0.1)
    with socket.create_server(("127.0.0.1", port)) as late:
        late.settimeout(10)
        late.accept()[0].close()  # raises when nobody comes again
    assert (one.facts, one.marks) == ([], [])


def test_service_that_is_no_clouds_is_told_once(aws, watch, wait_until):
    aws.is_refusing = True
    one = watch(aws.url, look_seconds=0.1)
    wait_until(lambda: "got 500" in one._last_failure and "not from Google" in one._last_failure)
    assert one.facts == []


@pytest.mark.parametrize("url", ["169.254.169.254", "https://169.254.169.254", "http://"])
def test_address_that_is_none(url):
    with pytest.raises(UsageProblemError, match="expected http://HOST"):
        CloudWatcher(url, (), Hooks(print, print), 1, 1)
