import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.base.calls import Clock
from exporter.base.roots import Roots
from exporter.collectors.textfile import Textfile, TextfileOptions
from exporter.exposition.merge import names_on
from exporter.exposition.text_format import parse

NOW = 1_700_000_000.0


@pytest.fixture
def page_of(tmp_path):
    """Return `page_of({"a.prom": "a 1\\n"}, beside=b"", **options)`: the page, with `DIR` for the folder's path."""
    collectors = {}

    def page_of(files, beside=b"", **options):
        for name, text in files.items():
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
            os.utime(tmp_path / name, (NOW - 100, NOW - 100))
        key = tuple(options.items())
        if key not in collectors:
            chosen = TextfileOptions(**{"directory": (str(tmp_path),), **options})
            collectors[key] = Textfile(Roots(), Clock(lambda: NOW), chosen)
        return collectors[key].page_after(lambda: beside).decode().replace(str(tmp_path), "DIR")

    return page_of


def refused(page):
    lines = [line.partition("{")[2] for line in page.splitlines() if line.startswith("vigie_textfile_refused{")]
    return sorted(line.replace('file="DIR/', "").replace('",reason="', " ").replace('"}', "") for line in lines)


def test_without_a_folder_nothing_is_wrong():
    page = Textfile(Roots(), Clock()).page().decode()
    assert page.splitlines()[-1] == "node_textfile_scrape_error 0"
    assert page.count("\n") == 3


def test_a_file_is_on_the_page_with_its_time_and_what_it_lacks_is_added(page_of):
    page = page_of({"a.prom": 'b_total{y="1",x="\\"2\\\\\\n"} 2e3\n', "ignored.txt": "no metric"})
    assert page.startswith(
        '# HELP b_total Metric read from DIR/a.prom\n# TYPE b_total untyped\nb_total{x="\\"2\\\\\\n",y="1"} 2000\n'
    )
    assert f'node_textfile_mtime_seconds{{file="DIR/a.prom"}} {int(NOW) - 100}\n' in page
    assert "node_textfile_scrape_error 0\n" in page
    assert refused(page) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("good 1\nbad 1 1441205977284\n", "timestamp"),
        ("good 1\nbad\n", "parse"),
        ("good 1\nbad 1", "no_final_newline"),
        ("good 1\n" + "# a long comment\n" * 100, "too_large"),
    ],
)
def test_a_file_refused_whole_harms_no_other(page_of, text, reason):
    page = page_of({"a.prom": text, "b.prom": "other 1\n"}, max_bytes=1000)
    assert refused(page) == [f"a.prom {reason} 1"]
    assert "good" not in page
    assert "\nother 1\n" in page
    assert "node_textfile_scrape_error 1\n" in page
    assert "vigie_textfile_refused_total 1\n" in page
    assert 'mtime_seconds{file="DIR/a.prom"}' not in page


def test_a_pipe_a_folder_and_a_dangling_link_are_refused_and_not_waited_for(page_of, tmp_path):
    os.mkfifo(tmp_path / "pipe.prom")
    (tmp_path / "folder.prom").mkdir()
    (tmp_path / "link.prom").symlink_to("nowhere")
    assert refused(page_of({})) == ["folder.prom unreadable 1", "link.prom unreadable 1", "pipe.prom unreadable 1"]


def test_a_folder_that_is_not_there_is_named(page_of, tmp_path):
    page = page_of({"a.prom": "a 1\n"}, directory=(str(tmp_path), str(tmp_path / "absent")))
    assert refused(page) == ["absent unreadable 1"]
    assert "\na 1\n" in page


def test_folders_may_be_patterns_and_overlap(page_of, tmp_path):
    for name in ("one", "two", ".three"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.prom").write_text(f'x{{from="{name}"}} 1\n')
    page = page_of({}, directory=(f"{tmp_path}/*", str(tmp_path / "two")))
    assert [f'x{{from="{name}"}} 1' in page for name in ("one", "two", ".three")] == [True] * 3
    assert refused(page) == []


def test_only_series_that_are_there_already_are_left_out_and_the_first_file_wins(page_of):
    page = page_of({"a.prom": 'x{a="1"} 1\nx{a="1",b=""} 2\n', "b.prom": 'x{a="1"} 3\nx{a="2"} 4\nx{a="3"} 5\n'})
    assert [line for line in page.splitlines() if line.startswith("x{")] == ['x{a="1"} 1', 'x{a="2"} 4', 'x{a="3"} 5']
    assert refused(page) == ["a.prom duplicate 1", "b.prom duplicate 1"]
    assert "Metric read from DIR/a.prom, DIR/b.prom\n" in page


def test_a_type_that_differs_costs_only_that_family_of_the_later_file(page_of):
    page = page_of({"a.prom": "# TYPE x counter\nx 1\n", "b.prom": '# TYPE x gauge\nx{b="1"} 1\nx{b="2"} 1\ny 1\n'})
    assert refused(page) == ["b.prom type_conflict 2"]
    assert "\nx 1\n" in page
    assert "\ny 1\n" in page


def test_a_histogram_keeps_its_sample_names_to_itself(page_of):
    histogram = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n'
    page = page_of({"a.prom": histogram, "b.prom": "h_sum 7\nh_bucket 7\nh 7\ny 1\n"})
    assert refused(page) == ["b.prom type_conflict 3"]
    assert "h_sum 1\n" in page
    assert " 7\n" not in page


def test_help_that_differs_costs_nothing(page_of):
    texts = {name: f'# HELP x from {name}\n# TYPE x counter\nx{{f="{name}"}} 1\n' for name in ("b.prom", "c.prom")}
    page = page_of({"a.prom": '# TYPE x counter\nx{f="a"} 1\n', **texts})
    assert page.count("# HELP x ") == 1
    assert "# HELP x from b.prom\n" in page
    assert page.count("\nx{") == 3
    assert refused(page) == []


def test_families_of_the_exporter_and_of_prometheus_are_safe(page_of):
    text = "node_load1 7\nup 0\nnode_textfile_scrape_error 7\nh_count 7\ny 1\n"
    beside = b"# HELP node_load1 x\n# TYPE node_load1 gauge\nnode_load1 1\n# HELP h x\n# TYPE h summary\nh_count 1\n"
    page = page_of({"a.prom": text}, beside)
    assert refused(page) == ["a.prom clash 4"]
    assert "\ny 1\n" in page
    assert " 7\n" not in page
    assert "\nnode_load1 7\n" in page_of({"a.prom": text})  # a page that was asked for without the load


def test_an_old_file_is_refused_and_still_shows_its_age(page_of):
    page = page_of({"a.prom": "a 1\n"}, max_age=99)
    assert refused(page) == ["a.prom stale 1"]
    assert "\na 1\n" not in page
    assert f'node_textfile_mtime_seconds{{file="DIR/a.prom"}} {int(NOW) - 100}\n' in page
    assert refused(page_of({}, max_age=101)) == []


def test_a_file_is_parsed_once_for_each_version_and_counted_once(page_of, monkeypatch):
    contents = []

    def counting_parse(content):
        contents.append(content)
        return parse(content)

    monkeypatch.setattr("exporter.exposition.text_files.parse", counting_parse)
    for files in ({"a.prom": "a 1\na 2\n"}, {}, {}):
        assert "vigie_textfile_refused_total 1\n" in page_of(files)
    page = page_of({"a.prom": "a 1\na 3\n"})
    assert "vigie_textfile_refused_total 2\n" in page
    assert contents == [b"a 1\na 2\n", b"a 1\na 3\n"]
    assert refused(page) == ["a.prom duplicate 1"]


def test_a_file_that_is_mended_or_gone_is_no_longer_named(page_of, tmp_path):
    assert refused(page_of({"a.prom": "a\n", "b.prom": "b\n"})) == ["a.prom parse 1", "b.prom parse 1"]
    (tmp_path / "b.prom").unlink()
    page = page_of({"a.prom": "a 11\n"})
    assert refused(page) == []
    assert "node_textfile_scrape_error 0\n" in page


LINES = st.sampled_from([
    "x 1", 'x{a="1"} 1', 'x{a="1",b=""} 2', "x_sum 1", "x_count 2", 'x_bucket{le="1"} 1', 'x_bucket{le="+Inf"} 3',
    'x{quantile="0.5"} 1', "# TYPE x histogram", "# TYPE x summary", "# TYPE x counter", "# HELP x a\\\\b\\nc", "up 1",
    "node_load1 2", 'x{a="\\n\\"\\\\"} NaN', "y -Inf", "# HELP x other", "# TYPE x_sum gauge", "#", "",
    "x{} 0x1", 'x{a="ü"} 1',
])  # fmt: skip
TEXTS = st.one_of(
    st.binary(max_size=200),
    st.lists(st.one_of(LINES, st.text(max_size=20)), max_size=12).map(lambda lines: "\n".join([*lines, ""]).encode()),
)
BESIDE = b"# HELP node_load1 x\n# TYPE node_load1 gauge\nnode_load1 1\n"


@given(st.lists(TEXTS, max_size=3))
@settings(deadline=None, max_examples=300)
def test_whatever_files_hold_the_page_is_whole(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("texts")
    for place, text in enumerate(texts):
        (folder / f"{place}.prom").write_bytes(text)
    page = BESIDE + Textfile(Roots(), Clock(), TextfileOptions(directory=(str(folder),))).page_after(lambda: BESIDE)
    parsed = parse(page)  # raises for a second TYPE or HELP, and for anything that is no sample
    assert parsed.duplicates == 0
    starts = [line.split(" ")[2] for line in page.decode().split("\n") if line.startswith("# TYPE ")]
    assert len(starts) == len(set(starts)) == len(parsed.families)
    assert {"node_load1", "node_textfile_scrape_error"} <= names_on(page)
