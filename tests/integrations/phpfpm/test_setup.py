"""`setup.md`, as it is written: a real PHP-FPM reads its blocks."""

import re

import pytest

from vigie.core.builtin import builtin

pytestmark = pytest.mark.integration
BLOCKS = re.findall(r"```ini\n(.*?)```", builtin("integrations", "phpfpm", "setup.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("age", ["oldest", "newest"])
def test_the_page_of_the_pool(age, start_pool):
    assert "php_fpm_up{" in start_pool(BLOCKS[0], age).page()


def test_the_page_at_an_address_of_its_own(start_pool, free_ports):
    port = free_ports()
    pool = start_pool(BLOCKS[1].replace("9001", str(port)))
    assert "9001" in BLOCKS[1]
    assert "php_fpm_up{" in pool.page(port=port)
