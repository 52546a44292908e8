"""The catalogue of metrics beside the pages of real servers."""

import pytest

from tests.integrations.apache.conftest import PLAIN
from tests.integrations.apache.test_parity import BALANCER
from tests.integrations.pages import assert_catalogue_is


@pytest.mark.integration
def test_the_catalogue_is_what_real_servers_tell(start_server):
    assert_catalogue_is("apache", [start_server(PLAIN + BALANCER, age).page() for age in ("oldest", "newest")])
