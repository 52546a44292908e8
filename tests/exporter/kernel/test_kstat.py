"""The kstat formats of OpenZFS."""

import pytest

from exporter.kernel import kstat

FIRST = b"6 1 0x01 91 4368 5266997922 97951858082072\n"
HEADER = FIRST + b"name                            type data\n"


def test_only_numbers_of_64_bits_are_taken():
    text = HEADER + b"hits 4 18446744073709551615\navailable 3 -5\nversion 7 2.2.4\nflag 1 9\n"
    assert kstat.parse_named(text) == (("hits", "available"), [b"18446744073709551615", b"-5"])


def test_dataset_names_may_hold_blanks():
    text = HEADER + b"dataset_name                    7    tank/my  files\nreads 4 3\n"
    assert kstat.parse_dataset(text) == ("tank/my  files", (("reads",), [b"3"]))


def test_a_pools_columns():
    assert kstat.parse_io(FIRST + b"nread nwritten\n12 13\n") == (("nread", "nwritten"), [b"12", b"13"])


@pytest.mark.parametrize(
    ("parse", "text", "says"),
    [
        (kstat.parse_named, FIRST, "expected lines with a name"),
        (kstat.parse_named, b"", "expected lines with a name"),
        (kstat.parse_dataset, HEADER + b"reads 4 3\n", "expected a line dataset_name"),
        (kstat.parse_io, FIRST + b"nread nwritten\n12\n", "expected two lines"),
    ],
)
def test_what_is_no_kstat_is_an_error(parse, text, says):
    with pytest.raises(ValueError, match=says):
        parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FIRST + b"hits 4 1\n", "expected the header"),
        (HEADER + b"misses 4 many\nhits 4 1\n", "expected whole numbers"),
        (HEADER + b'mi"sses 4 1\nhits 4 1\n', "expected a name"),
        (HEADER + b"hits 4 1\nhits 4 2\n", "each name once"),
    ],
)
def test_what_is_no_number_costs_itself_alone(text, says, skipped):
    assert kstat.parse_named(text) == (("hits",), [b"1"])
    assert says in next(iter(skipped.reasons.values()))


def test_times_of_a_pool_below_zero():
    assert kstat.parse_io(FIRST + b"nread wtime.x\n12 -13\n") == (("nread", "wtime.x"), [b"12", b"-13"])
