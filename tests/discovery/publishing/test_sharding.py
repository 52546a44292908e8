"""Shards are those of Prometheus's `hashmod`."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.publishing.sharding import Shard, parse_shard


@pytest.mark.parametrize(("query", "expected"), [({}, None), ({"shard": "1", "of": "4"}, Shard(1, 4))])
def test_what_a_query_asks_for(query, expected):
    assert parse_shard(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"shard": "1"},
        {"of": "2"},
        {"shard": "2", "of": "2"},
        {"shard": "-1", "of": "2"},
        {"shard": "x", "of": "2"},
        {"shard": "0", "of": "0"},
        {"shard": "0", "of": "9999"},
        {"shard": "²", "of": "3"},
    ],
)
def test_a_query_that_is_none_is_refused(query):
    with pytest.raises(ValueError, match="expected"):
        parse_shard(query)


@given(st.lists(st.from_regex(r"[a-z0-9.]{1,12}:[0-9]{1,5}", fullmatch=True), unique=True), st.integers(1, 7))
def test_each_target_falls_into_exactly_one_shard(addresses, of):
    content = json.dumps([{"targets": [address], "labels": {}} for address in addresses]).encode()
    parts = [json.loads(Shard(number, of).cut(content)) for number in range(of)]
    assert sorted(group["targets"][0] for part in parts for group in part) == sorted(addresses)
