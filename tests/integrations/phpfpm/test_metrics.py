"""The catalogue of metrics beside the pages of real servers."""

import pytest

from tests.integrations.pages import assert_catalogue_is


@pytest.mark.integration
def test_the_catalogue_is_what_real_servers_tell(start_pool):
    assert_catalogue_is("phpfpm", [start_pool(age=age).page() for age in ("oldest", "newest")])
