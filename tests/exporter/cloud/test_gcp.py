import threading
import time

import pytest

from exporter.cloud.gcp import Gcp
from exporter.cloud.metadata import MetadataError
from exporter.cloud.provider import Facts, Signs


def test_facts(gcp, metadata):
    assert Gcp(metadata(gcp.url)).facts(("team", "absent")) == Facts(
        "gcp", "4520031799277581759", "us-east1-b", "us-east1", "e2-small", "spot", {"team": "core"}
    )


def test_what_is_not_preemptible_is_on_demand(gcp, metadata):
    gcp.set("scheduling/preemptible", "FALSE")
    assert Gcp(metadata(gcp.url)).facts(()).lifecycle == "on-demand"


def test_preemption_is_waited_for(gcp, metadata):
    gcp_metadata = Gcp(metadata(gcp.url))
    assert gcp_metadata.signs() == Signs()
    threading.Timer(0.2, gcp.set, ("preempted", "TRUE")).start()
    began = time.time()
    notice = gcp_metadata.signs().notice
    assert notice.action == "preempt"
    assert began + 30 <= notice.deadline_seconds <= time.time() + 30
    threading.Timer(0.2, gcp.set, ("preempted", "FALSE")).start()
    assert gcp_metadata.signs() == Signs()


def test_change_between_two_questions_is_seen(gcp, metadata):
    gcp_metadata = Gcp(metadata(gcp.url))
    gcp_metadata.signs()
    gcp.set("preempted", "TRUE")
    assert gcp_metadata.signs().notice is not None


def test_other_clouds_are_not_taken_for_it(aws, azure, metadata):
    for other in (aws, azure):
        with pytest.raises(MetadataError, match="not from Google"):
            Gcp(metadata(other.url)).facts(())
