"""`setup.md`, as it is written: a real nginx reads its blocks."""

import re

import pytest

from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration
BLOCKS = re.findall(r"```nginx\n(.*?)```", builtin("integrations", "nginx", "setup.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("age", ["oldest", "newest"])
def test_the_page_on_an_address_of_its_own(age, start_server):
    server = start_server(BLOCKS[0].replace("8081", "{port}"), age=age)
    assert "nginx_up 1\n" in server.page()
    assert "8081" in BLOCKS[0]


def test_the_page_in_a_server_that_is_there(start_server):
    server = start_server(f"server {{ listen 127.0.0.1:{{port}};\n{BLOCKS[1]}}}")
    assert "nginx_up 1\n" in server.page()
