import pytest

from exporter.cgroups import parse
from exporter.containers.network import parse as parse_interface
from exporter.containers.processes import open_files_limit, parse_io


def test_limits():
    assert parse.limit(b"max\n") == 0
    assert parse.limit(b"-1\n") == 0
    assert parse.limit(b"9223372036854771712\n") == 0
    assert parse.limit(b"67108864\n") == 67108864
    assert parse.cpu_max(b"max 100000\n") == (0, 100000)
    assert parse.cpu_max(b"50000 100000\n") == (50000, 100000)


@pytest.mark.parametrize(("weight", "shares"), [(1, 2), (79, 2046), (100, 2597), (10000, 262144)])
def test_a_weight_as_shares(weight, shares):
    assert parse.shares_of_weight(weight) == shares


def test_throttled_io_leaves_out_the_sum():
    assert parse.throttle_io(b"8:0 Read 1\n8:0 Write 2\n253:16 Read 3\nTotal 6\n") == {
        (8, 0): {"Read": 1, "Write": 2}, (253, 16): {"Read": 3}
    }  # fmt: skip
    assert parse.throttle_io(b"Total 0\n") == {}


def test_io_stat_with_the_words_of_other_controllers():
    assert parse.io_stat(b"8:16 rbytes=1 wbytes=2 cost.vrate=100.00 use_delay=x\n7:0\n") == {
        (8, 16): {b"rbytes": 1, b"wbytes": 2}, (7, 0): {}
    }  # fmt: skip


def test_pressure():
    some, full = (
        b"some avg10=0.10 avg60=0.00 avg300=0.00 total=7\n",
        b"full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n",
    )
    assert parse.pressure(some + full) == (7, 5)
    assert parse.pressure(some) == (7,)
    assert parse.pressure(b"") == ()
    with pytest.raises(ValueError, match="expected"):
        parse.pressure(full + some)


def test_pairs_follow_lines_that_move():
    pairs = parse.Pairs(b"a", b"c", b"z")
    assert pairs.pick(b"a 1\nb 2\nc 3\n") == (1, 3)
    assert pairs.present == (b"a", b"c")
    assert pairs.pick(b"c 4\na 5\nb 6\n") == (5, 4)
    assert pairs.pick(b"z 9\nc 4\na 5\nb 6\n") == (5, 4, 9)
    with pytest.raises(ValueError, match="expected"):
        pairs.pick(b"b 1\n")
    with pytest.raises(ValueError, match="invalid"):
        pairs.pick(b"z 9\nc x\na 5\nb 6\n")


def test_interfaces():
    assert parse_interface(b" 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16") == (1, 2, 3, 4, 9, 10, 11, 12)
    with pytest.raises(ValueError, match="16 columns"):
        parse_interface(b"1 2 3")


def test_limits_and_io_of_a_process():
    assert open_files_limit(b"Max open files            1024                 524288               files     \n") == 1024
    assert open_files_limit(b"Max open files            unlimited            unlimited            files     \n") == -1
    assert open_files_limit(b"Limit\n") is None
    assert parse_io(b"rchar: 1\nread_bytes: 2\nwrite_bytes: 3\n") == (2, 3)
    with pytest.raises(ValueError, match="write_bytes"):
        parse_io(b"read_bytes: 2\n")
