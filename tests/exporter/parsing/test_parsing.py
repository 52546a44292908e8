import pytest

from exporter.parsing.items import Skipped, begin, item, skip
from exporter.parsing.lines import split_lines, split_words
from exporter.parsing.numbers import hexadecimal, natural, real, whole, wholes


def test_the_kernel_separates_by_blank_tab_and_newline_alone():
    odd = "a\rb\vc\fd\x1ce\x85f\u2028g"
    assert split_lines(f"{odd}\n{odd}\n") == [odd, odd]
    assert split_words(f"{odd} \t{odd}") == [odd, odd]
    assert split_lines(b"a\rb\n\nc") == [b"a\rb", b"", b"c"]
    assert split_words(b" a\rb\t c\vd ") == [b"a\rb", b"c\vd"]
    assert split_lines("") == []
    assert split_lines(b"") == []


@pytest.mark.parametrize(
    "text", ["", "+5", "1_000", "5 kB", "<unknown>", "5\r", "\u0665", "1e3", "18446744073709551616", "9" * 5000, "--5"]
)
def test_what_is_no_number_of_the_kernel(text):
    for parse in (whole, natural, real) if text != "18446744073709551616" else (whole, natural):
        with pytest.raises(ValueError, match="expected"):
            parse(text)
    with pytest.raises(ValueError, match="expected"):
        wholes([b"1", text.encode()])


def test_numbers():
    assert whole("-5") == -5
    assert whole(b"18446744073709551615") == 2**64 - 1
    assert wholes([b"0", b"12", b"-3"]) == [0, 12, -3]
    assert hexadecimal("0x1f") == hexadecimal(b"1F") == 31
    assert real("0.25") == 0.25
    with pytest.raises(ValueError, match="below zero"):
        natural("-5")
    with pytest.raises(ValueError, match="hexadecimal"):
        hexadecimal("0x")


def test_an_item_that_fails_is_counted_with_its_place():
    skipped = begin()
    with item("md0"):
        whole("x")
    with item("md1"):
        raise PermissionError(13, "Permission denied")
    skip("md2", "expected a size")
    assert skipped.count == 3
    assert list(skipped.reasons) == ["md0", "md1", "md2"]
    assert skipped.reasons["md0"] == "expected a whole number, got 'x'"
    assert "Permission denied" in skipped.reasons["md1"]


def test_our_own_mistakes_are_no_items():
    with pytest.raises(AttributeError), item("md0"):
        None.nothing  # noqa: B018


def test_places_are_bounded():
    skipped = Skipped()
    for number in range(1000):
        skipped.add(number, "x" * 10_000)
    assert skipped.count == 1000
    assert len(skipped.reasons) == 50
    assert max(map(len, skipped.reasons.values())) == 300
