"""The catalogue of metrics beside the pages of real servers."""

import pytest

from tests.integrations.memcached.conftest import use
from tests.integrations.pages import assert_catalogue_is


@pytest.mark.integration
def test_the_catalogue_is_what_real_servers_tell(start_server, tmp_path):
    pages = []
    for age in ("oldest", "newest"):
        server = start_server("-o", f"temporary_ttl=60,ext_path={tmp_path / age}:64m", age=age)
        use(server)
        pages.append(server.page())
    assert_catalogue_is("memcached", pages)
