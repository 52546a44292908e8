"""All days of the corpus: `make days`."""

import pytest

from tests.alerting.test_days import DAYS, check_day

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("path", DAYS, ids=lambda path: path.stem)
def test_exactly_the_wanted_alerts_fire(path, tmp_path):
    check_day(path, tmp_path)
