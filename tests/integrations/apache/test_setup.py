"""`setup.md`, as it is written: a real httpd reads its block."""

import re

import pytest

from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration
(BLOCK,) = re.findall(r"```apache\n(.*?)```", builtin("integrations", "apache", "setup.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("age", ["oldest", "newest"])
def test_the_page_on_an_address_of_its_own(age, start_server):
    assert BLOCK.count("8082") == 2
    server = start_server(BLOCK.replace("8082", "{port}"), age)
    assert "apache_up 1\n" in server.page()
