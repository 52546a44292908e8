"""Two pairs share the targets. Run by `make chaos`; pytest does not collect it by itself."""

import pytest

from vigie.stack import proof

pytestmark = pytest.mark.integration

REGISTERED = 'vigie:target_registered{job="web"}'
NOT_SCRAPED = "vigie:target_registered unless on (job, instance, host, dc) up"


def test_each_pair_has_its_part_and_the_store_has_all(start_pairs, wait_until):
    pairs = start_pairs(shards=2)
    first, first_twin, second, second_twin = (set(pairs.samples(name)) for name in pairs.prometheuses())
    assert (first, second) == (first_twin, second_twin)
    assert first
    assert second
    assert not first & second
    wait_until(lambda: set(pairs.samples("victoria-metrics", 30)) == first | second, what="all of them in the store")
    for name in pairs.prometheuses():
        url = pairs.layout.url(name)
        wait_until(lambda url=url: proof.query(url, REGISTERED), what="what discovery tells")
        assert not proof.query(url, NOT_SCRAPED), "what the other pair scrapes is not missed"
