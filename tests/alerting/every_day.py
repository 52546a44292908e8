"""All days of the corpus, and all rules with lost scrapes: `make days`."""

import pytest

from tests.alerting.test_days import DAYS, check_day
from tests.alerting.test_lost_scrapes import FILES, LOSSES, check_losses

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("path", DAYS, ids=lambda path: path.stem)
def test_exactly_the_wanted_alerts_fire(path, tmp_path):
    check_day(path, tmp_path)


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_same_alerts_fire_at_the_same_times(path, losses, tmp_path):
    check_losses(path, losses, tmp_path)
