import time

import pytest

from exporter.cloud.azure import Azure
from exporter.cloud.metadata import MetadataError
from exporter.cloud.provider import Facts, Notice, Signs


@pytest.fixture
def azure_facts(azure, metadata):
    azure_metadata = Azure(metadata(azure.url))
    azure_metadata.facts(())
    return azure_metadata


def test_facts(azure, metadata):
    assert Azure(metadata(azure.url)).facts(("team", "absent")) == Facts(
        "azure", "02aab8a4-74ef-476e-8182-f6d2ba4166a6", "westus-1", "westus", "Standard_A3", "spot", {"team": "core"}
    )


@pytest.mark.parametrize(
    ("changes", "lifecycle", "zone"),
    [
        ({"priority": "Regular"}, "on-demand", "westus-1"),
        ({"priority": ""}, "on-demand", "westus-1"),
        ({"priority": "Low", "zone": ""}, "spot", ""),
    ],
)
def test_priority_and_zone(azure, metadata, changes, lifecycle, zone):
    azure.compute |= changes
    facts = Azure(metadata(azure.url)).facts(())
    assert (facts.lifecycle, facts.zone) == (lifecycle, zone)


def test_eviction(azure, azure_facts):
    assert azure_facts.signs() == Signs()
    azure.events = [azure.event(EventType="Reboot"), azure.event(Resources=["web-2_0"])]
    assert azure_facts.signs() == Signs()
    azure.events.append(azure.event())
    assert azure_facts.signs() == Signs(Notice("preempt", 1474309787.0))
    azure.events = [azure.event(EventStatus="Started", NotBefore="")]
    assert azure_facts.signs() == Signs(Notice("preempt", 1474309787.0))
    azure.events = []
    assert azure_facts.signs() == Signs()


def test_eviction_that_has_started_when_first_seen(azure, azure_facts):
    azure.events = [azure.event(EventStatus="Started", NotBefore="")]
    first = azure_facts.signs()
    assert time.time() - 60 < first.notice.deadline_seconds <= time.time()
    time.sleep(1.1)
    assert azure_facts.signs() == first


def test_date_that_is_none(azure, azure_facts):
    azure.events = [azure.event(NotBefore="soon")]
    with pytest.raises(MetadataError, match="expected a date"):
        azure_facts.signs()


def test_other_clouds_are_not_taken_for_it(aws, gcp, metadata):
    for other in (aws, gcp):
        with pytest.raises(MetadataError):
            Azure(metadata(other.url)).facts(())
