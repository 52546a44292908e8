"""What the comparison with node_exporter's fixtures is made of."""

import pytest

from tests.bench.golden_differences import compare
from tests.bench.ttar import unpack

ARCHIVE = rb"""# Archive created by ttar
Directory: sys/a
Mode: 755
# ttar - - -
Path: sys/a/text
Lines: 2
first
\NULLBYTE NULLBYTE
Mode: 644
# ttar - - -
Path: sys/b/open
Lines: 1
no newlineEOF
Mode: 444
Path: sys/empty
Lines: 0
Mode: 644
Path: sys/link
SymlinkTo: a/text
"""


def test_an_archive_is_unpacked(tmp_path):
    archive = tmp_path / "x.ttar"
    archive.write_bytes(ARCHIVE)
    unpack(archive, tmp_path)
    assert (tmp_path / "sys/link").read_bytes() == b"first\nNULLBYTE \0\n"
    assert (tmp_path / "sys/b/open").read_bytes() == b"no newline"
    assert (tmp_path / "sys/empty").read_bytes() == b""
    archive.write_bytes(b"Owner: root\n")
    with pytest.raises(ValueError, match="Owner"):
        unpack(archive, tmp_path)


PAGE = '# TYPE node_a gauge\nnode_a{x="1"} 2\nnode_a{x="2"} NaN\n# TYPE node_b counter\nnode_b 3\n'


@pytest.mark.parametrize(
    ("ours", "is_good"),
    [
        (PAGE, True),
        (PAGE + "# TYPE vigie_own gauge\nvigie_own 1\n", True),
        (PAGE.replace("NaN", "1"), False),
        (PAGE.replace("counter", "gauge"), False),
        (PAGE.replace("node_b 3\n", ""), False),
        (PAGE + "node_c 1\n", False),
    ],
)
def test_a_difference_needs_a_reason(ours, is_good, capsys):
    assert compare("both", ours, PAGE, {}) is is_good
    assert ("NO REASON" in capsys.readouterr().out) is not is_good


def test_a_difference_with_a_reason_still_counts(capsys):
    assert not compare("both", PAGE.replace(" 3", " 4"), PAGE, {"node_b": "because"})
    assert "values 66.67%" in capsys.readouterr().out
