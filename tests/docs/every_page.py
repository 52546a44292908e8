"""The commands of all pages: `make pages`."""

import pytest

from tests.docs.pages import name_of
from tests.docs.test_commands import RUN, run_page

pytestmark = [pytest.mark.integration, pytest.mark.root]


@pytest.mark.parametrize("path", RUN, ids=name_of)
def test_every_command_of_a_page_does_what_it_says(path, tmp_path):
    run_page(path, tmp_path)
