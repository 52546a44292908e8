import pytest

from exporter.cloud.aws import Aws
from exporter.cloud.metadata import MetadataError
from exporter.cloud.provider import Facts, Notice, Signs


def test_facts(aws, metadata):
    assert Aws(metadata(aws.url)).facts(("Team", "Cost Centre", "Absent")) == Facts(
        cloud="aws",
        instance_id="i-1234567890abcdef0",
        zone="us-west-2b",
        region="us-west-2",
        instance_type="t2.micro",
        lifecycle="spot",
        tags={"Team": "core", "Cost Centre": "42"},
    )
    assert aws.asked.count("PUT /latest/api/token") == 1


@pytest.mark.parametrize("lifecycle", ["on-demand", "capacity-block", None])
def test_what_is_not_spot_is_on_demand(aws, metadata, lifecycle):
    aws.meta["instance-life-cycle"] = lifecycle
    assert Aws(metadata(aws.url)).facts(()).lifecycle == "on-demand"


def test_notice_and_recommendation(aws, metadata, monkeypatch):
    monkeypatch.setattr("exporter.cloud.aws.READS_PER_RECOMMENDATION", 1)
    aws_metadata = Aws(metadata(aws.url))
    assert aws_metadata.signs() == Signs()
    aws.meta["events/recommendations/rebalance"] = '{"noticeTime": "2020-10-27T08:22:00Z"}'
    assert aws_metadata.signs() == Signs(None, is_rebalance_recommended=True)
    aws.meta["spot/instance-action"] = '{"action": "terminate", "time": "2017-09-18T08:22:00Z"}'
    assert aws_metadata.signs() == Signs(Notice("terminate", 1505722920.0), is_rebalance_recommended=True)
    del aws.meta["spot/instance-action"], aws.meta["events/recommendations/rebalance"]
    assert aws_metadata.signs() == Signs()


def test_recommendation_is_looked_for_seldom(aws, metadata):
    aws_metadata = Aws(metadata(aws.url))
    for _ in range(12):
        aws_metadata.signs()
    asked = [path.rpartition("/")[2] for path in aws.asked]
    assert (asked.count("instance-action"), asked.count("rebalance")) == (12, 2)


def test_token_that_has_expired_is_renewed(aws, metadata):
    aws_metadata = Aws(metadata(aws.url))
    aws_metadata.signs()
    aws.tokens.append("another")
    assert aws_metadata.signs() == Signs()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"action": "stop", "time": "soon"}', '{"action": 1, "time": 2}'])
def test_notice_that_is_none(aws, metadata, text):
    aws.meta["spot/instance-action"] = text
    with pytest.raises(MetadataError):
        Aws(metadata(aws.url)).signs()


def test_other_clouds_are_not_taken_for_it(gcp, azure, metadata):
    for other in (gcp, azure):
        with pytest.raises(MetadataError):
            Aws(metadata(other.url)).facts(())
