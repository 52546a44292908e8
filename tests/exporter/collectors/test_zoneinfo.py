import pytest

from exporter.collectors.meminfo_numa import parse_meminfo, parse_numastat
from exporter.collectors.zoneinfo import parse

TEXT = b"""Node 0, zone      DMA
  per-node stats
      nr_dirtied   9
  pages free     3
        min      5
        protection: (0, 2862)
  pagesets
    cpu: 0
              high:     378
Node 1, zone   Normal
        min      7
"""


def test_values_belong_to_the_zone_above_them_and_pagesets_are_not_watermarks():
    series, values = parse(TEXT)
    samples = {(family.name, labels): value for (family, labels), value in zip(series, values, strict=True)}
    assert samples == {
        ("node_zoneinfo_nr_dirtied_total", ("0", "DMA")): 9,
        ("node_zoneinfo_min_pages", ("0", "DMA")): 5,
        ("node_zoneinfo_protection_0", ("0", "DMA")): 0,
        ("node_zoneinfo_protection_1", ("0", "DMA")): 2862,
        ("node_zoneinfo_min_pages", ("1", "Normal")): 7,
    }


@pytest.mark.parametrize("text", [b"min 5\n", TEXT.replace(b"min      5", b"min      x"), TEXT.replace(b"2862", b"")])
def test_a_malformed_zone_fails(text):
    with pytest.raises(ValueError, match=r"expected a zone|invalid literal"):
        parse(text)


def test_kib_become_bytes_and_counts_stay():
    text = b"Node 1 Active(anon):     12 kB\nNode 1 HugePages_Total:    3\n"
    assert parse_meminfo(text) == [("Active_anon", 12288), ("HugePages_Total", 3)]
    assert parse_numastat(b"numa_hit 7\n") == [("numa_hit_total", 7)]


@pytest.mark.parametrize("parse_text", [parse_meminfo, parse_numastat])
def test_an_empty_file_fails(parse_text):
    with pytest.raises(ValueError, match="expected"):
        parse_text(b"\n")
