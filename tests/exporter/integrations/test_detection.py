"""What looks like an integration's software is proposed; labels and files have the last word."""

from pathlib import Path

import msgspec
import pytest

from exporter.docker.container import Inspected, understand
from exporter.integrations.detection import image_name, propose_for_containers, propose_for_processes
from vigie.core.integrations.catalogue import read_catalogue

MANIFEST = """
name: cache
title: T
detect: {images: [redis, valkey], processes: [redis-server, a-very-long-name-of-a-server], ports: [6379, 26379]}
"""


RECORDED = Path(__file__).parents[2] / "fixtures" / "docker" / "inspect-running.json"


def container(**changes):
    """Return the recorded container under a known image, but for these facts."""
    recorded = understand(msgspec.json.decode(RECORDED.read_bytes(), type=Inspected))
    return msgspec.structs.replace(recorded, **({"name": "c1", "image": "redis:7", "labels": {}} | changes))


@pytest.fixture
def known(tmp_path):
    """Return the integration `cache` alone, asked by its endpoint."""
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "integration.yml").write_text(MANIFEST + "endpoint: {port: 6379}\n")
    return {"cache": read_catalogue(tmp_path).integrations["cache"]}


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("redis", "redis"),
        ("redis:7.2-alpine", "redis"),
        ("docker.io/bitnami/redis:7", "redis"),
        ("registry.example.com:5000/cache/redis@sha256:aa", "redis"),
        ("redis-exporter:1", "redis-exporter"),
        ("", ""),
    ],
)
def test_name_of_an_image(image, name):
    assert image_name(image) == name


def test_container_with_a_known_image_is_proposed_with_its_label(known):
    (proposal,) = propose_for_containers([container()], known)
    assert (proposal.where, proposal.integration) == ("c1", "cache")
    assert "vigie.integration=cache" in proposal.advice


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": {"vigie.integration": "cache"}},
        {"labels": {"vigie.integration": "none"}},
        {"image": "redis-exporter:1"},
        {"pid": 0},
    ],
    ids=["watched", "not wanted", "another image", "ended"],
)
def test_container_that_is_not_proposed(known, changes):
    assert list(propose_for_containers([container(**changes)], known)) == []


def test_process_is_proposed_at_each_usual_port_that_is_listened_on(known):
    proposals = propose_for_processes({"redis-server", "bash"}, {22, 6379, 26379}, set(), known)
    assert [proposal.where for proposal in proposals] == ["port 6379", "port 26379"]


def test_process_whose_port_is_asked_for_is_not_proposed(known):
    proposals = propose_for_processes({"redis-server"}, {6379, 26379}, {("cache", 6379)}, known)
    assert [proposal.where for proposal in proposals] == ["port 26379"]


def test_process_that_listens_elsewhere_is_proposed_with_the_usual_port(known):
    (proposal,) = propose_for_processes({"redis-server"}, {7000}, set(), known)
    assert proposal.where == "port 6379"


def test_process_that_listens_elsewhere_is_not_proposed_where_a_file_asks_for_it(known):
    assert list(propose_for_processes({"redis-server"}, {6380}, {("cache", 6380)}, known)) == []


@pytest.mark.parametrize(
    ("listening", "asked", "files"),
    [
        ({6379, 26379}, set(), ["cache.yml", "cache-26379.yml"]),
        ({6379, 26379}, {("cache", 6379)}, ["cache-26379.yml"]),
        ({6379}, {("cache", None)}, ["cache-6379.yml"]),
        ({6379}, {("other", 1)}, ["cache.yml"]),
    ],
    ids=["two ports", "one is asked for", "a container's file", "another one's file"],
)
def test_file_that_is_proposed_is_none_that_is_there(known, listening, asked, files):
    proposals = propose_for_processes({"redis-server"}, listening, asked, known)
    assert [proposal.advice.split()[1].rpartition("/")[2] for proposal in proposals] == files


def test_long_name_of_a_process_is_known_as_the_kernel_cuts_it(known):
    (proposal,) = propose_for_processes({"a-very-long-nam"}, set(), set(), known)
    assert proposal.reason.startswith("a-very-long-name-of-a-server")


def test_port_alone_is_no_reason(known):
    assert list(propose_for_processes({"bash"}, {6379}, set(), known)) == []


def test_prometheus_is_not_sent_to_loopback(known):
    (proposal,) = propose_for_processes({"redis-server"}, {6379}, set(), known)
    assert "THIS_HOST:6379" in proposal.advice
