import pytest

from exporter.kernel.process_list import parse_stat, read_processes

# Linux 6.1; the command holds brackets, a space and a line end.
LINE = (
    b"901 (java (a)\n b) S 1 901 901 0 -1 1077936128 1510 0 21 0 50217 6108 8214 2107 20 0 4 0 1533 5368709120 204800"
    b" 18446744073709551615 1 1 0 0 0 0 0 4096 1260 0 0 0 17 2 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
)


def test_fields_are_those_of_proc_5():
    process = parse_stat(LINE)
    assert process == ("901", b"java (a)\n b", "S", 1077936128, 50217 + 6108, 4, 1533, 204800)


@pytest.mark.parametrize("text", [b"", b"901", b"901 (java", b"901 (java) S 1 2 3", LINE.replace(b"50217", b"many")])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"expected a line|invalid literal"):
        parse_stat(text)


def test_what_ends_meanwhile_or_is_no_process_is_left_out(tmp_path):
    for name in ("1", "2", "self", "sys"):
        (tmp_path / name).mkdir()
    (tmp_path / "1" / "stat").write_bytes(LINE)
    (tmp_path / "self" / "stat").write_bytes(LINE)
    assert [process.command for process in read_processes(tmp_path)] == [b"java (a)\n b"]
