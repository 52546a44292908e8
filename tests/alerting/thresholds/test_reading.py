"""Reading of thresholds: which limit wins, and what is refused with which words."""

import pytest

from alerting.rules.limited_alerts import THRESHOLDS
from alerting.thresholds.reading import ITEM_LABELS, list_labels, load
from vigie.core.errors import UsageProblemError


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "thresholds.yml").write_text(text)
        return load(tmp_path)

    return read


def test_no_site_folder_and_no_file_are_no_limits(tmp_path):
    assert load(None) == load(tmp_path) == {}


def test_the_more_specific_limit_comes_first_wherever_it_stands(read):
    caught = read("""
DiskFull:
  - {value: 1}
  - {dc: par, env: prod, value: 2}
  - {team: db, value: 3}
  - {host: db-1, value: 4}
  - {team: db, dc: par, value: 5}
  - {host: db-1, dc: par, value: 6}
  - {service: postgres, value: 7}
  - {instance: db-1, value: 8}
""")
    assert [limit.value for limit in caught["DiskFull"]] == [8, 6, 4, 7, 5, 3, 2, 1]


def test_of_several_values_one_must_be_right(read):
    [first, second] = read("CPUHigh: [{host: [b, a], dc: par, value: 99.5}]")["CPUHigh"]
    assert first == ({"host": "a", "dc": "par"}, 99.5)
    assert second.labels["host"] == "b"


def test_what_is_on_a_host_is_more_specific_than_the_host(read):
    caught = read("""
DiskFull:
  - {host: db-1, value: 1}
  - {fstype: xfs, value: 2}
  - {device: /dev/sd.*, value: 3}
  - {mountpoint: /var/.*, value: 4}
  - {mountpoint: /var/lib/.*, value: 5}
  - {mountpoint: /var/lib, value: 6}
  - {mountpoint: ".*/lib", value: 7}
  - {mountpoint: ".*/[l]ib", value: 8}
  - {mountpoint: /var/.*, team: db, value: 9}
""")
    assert [limit.value for limit in caught["DiskFull"]] == [9, 6, 5, 4, 7, 8, 3, 2, 1]


def test_the_instance_of_a_probe_is_a_pattern_and_that_of_a_host_a_value(read):
    assert read("TLSCertExpires: [{instance: 'https://.*', value: 30}]")["TLSCertExpires"][0].value == 30
    assert read("CPUHigh: [{instance: 'a(b', value: 30}]")["CPUHigh"][0].labels == {"instance": "a(b"}


@pytest.mark.parametrize("alert", sorted(THRESHOLDS))
def test_each_alert_takes_the_labels_of_its_items_and_no_others(read, alert):
    labels = list_labels(alert)
    for label in labels:
        assert read(f"{alert}: [{{{label}: a, value: 1}}]")[alert][0].labels == {label: "a"}
    for label in {*ITEM_LABELS} - {*labels}:
        with pytest.raises(UsageProblemError, match=f"{alert}.0..{label}: the series of {alert} have no such label"):
            read(f"{alert}: [{{{label}: a, value: 1}}]")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("CPUHigh: [", None, "expected a readable YAML file"),
        ("- CPUHigh", 1, "expected alerts with lists of limits"),
        ("CPUHigh:\n- {value: 1}\nDiskFul:\n- {value: 1}", 3, "DiskFul: is no alert with a threshold: expected one of"),
        ("CPUHigh: 95", 1, "CPUHigh: expected a list of limits, such as"),
        ("CPUHigh: []", 1, "CPUHigh: expected a list of limits"),
        ("CPUHigh:\n- {value: 1}\n- {hots: a, value: 1}", 3, "CPUHigh[1]: Object contains unknown field `hots`"),
        ("CPUHigh:\n- {hots: a, value: 1}", 2, "of instance, host, service, team, env, dc what chooses hosts"),
        ("CPUHigh:\n- {host: a}", 2, "missing required field `value`"),
        ("CPUHigh:\n- {host: a, value: high}", 2, "Expected `float`, got `str`"),
        ("CPUHigh:\n- {host: '', value: 1}", 2, "length >= 1"),
        ("CPUHigh:\n- {host: 7, value: 1}", 2, "got `int`"),
        ("CPUHigh:\n- host: a\n  value: 900", 3, "CPUHigh[0].value: 900: expected percent from 0 to 100"),
        ("CPUHigh:\n- {host: a, value: .nan}", 2, "expected percent from 0 to 100"),
        ("CPUHigh:\n- {host: a, value: -1}", 2, "expected percent from 0 to 100"),
        ("DiskFillsIn24h:\n- {value: 5000}", 2, "expected hours from 0 to 2160"),
        ("CPUHigh:\n- {host: a, value: 1}\n- {host: [b, a], value: 2}", 3, "has the same labels as another limit"),
        (
            "CPUHigh:\n- host: a\n  mountpoint: /\n  value: 1",
            3,
            "CPUHigh[0].mountpoint: the series of CPUHigh have no such label: expected instance, host, service",
        ),
        ("NetworkErrors:\n- {device: 'eth(', value: 1}", 2, "NetworkErrors[0].device: 'eth(' is no pattern: expected"),
        ("NetworkErrors:\n- {device: [eth0, '(?=a)'], value: 1}", 2, "'(?=a)' is no pattern"),
        ("NetworkErrors:\n- {device: 'a{1001}', value: 1}", 2, "'a{1001}' is no pattern"),
        ("DiskFull:\n- {mountpoint: [/, /], value: 1}", 2, "has the same labels as another limit of DiskFull"),
        ("TLSCertExpires:\n- {value: 4000}", 2, "expected days from 0 to 3650"),
        ("CPUHigh:\n- {value: 1}\nCPUHigh:\n- {value: 2}", 3, "CPUHigh is there twice: expected it once"),
        ("CPUHigh:\n- {value: 1, value: 2}", 2, "value is there twice"),
        ("1: []", 1, "1: is no alert with a threshold"),
    ],
)
def test_names_file_line_and_what_was_expected(read, text, line, words):
    with pytest.raises(UsageProblemError) as caught:
        read(text)
    assert words in str(caught.value)
    assert "thresholds.yml: " in str(caught.value)
    assert line is None or f"thresholds.yml: line {line}: " in str(caught.value)
