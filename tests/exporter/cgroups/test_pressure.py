"""Groups whose pressure the kernel does not tell."""

import errno

import pytest

from exporter.cgroups.pressure import Pressure
from exporter.container_families.rows import Rows


class FileStandIn:
    """Stands in for a file of a control group that gives an error."""

    def __init__(self, error):
        self._error = error

    def file(self, _):
        return self

    def read(self):
        raise OSError(self._error, "as told")


@pytest.mark.parametrize(("error", "count"), [(errno.EOPNOTSUPP, 0), (errno.EIO, 3)])
def test_pressure_that_is_switched_off_is_no_failure(error, count, tmp_path, skipped):
    """RHEL's kernels are started without PSI, and before Linux 5.13 the files are there all the same."""
    rows = Rows()
    Pressure(tmp_path, FileStandIn(error)).read(rows)
    assert (rows.keys, skipped.count) == ([], count)


@pytest.mark.parametrize("error", [errno.ENOENT, errno.ESRCH])
def test_a_group_that_is_gone_is_told_at_once(error, tmp_path):
    with pytest.raises(OSError, match="as told"):
        Pressure(tmp_path, FileStandIn(error)).read(Rows())
