"""Values by their factors, states by their bits, names in either coding."""

import struct

import pytest

from exporter.ipmi.sensor_record import Factors, parse_name, parse_reading, parse_record

from ..controller_stand_in import compact_record, full_record  # noqa: TID252


@pytest.mark.parametrize(
    ("factors", "raw", "value"),
    [
        (Factors(0, 0, 63, 0, 0, -3), 191, 12.033),
        (Factors(2, 0, 1, 0, 0, 0), 0xF6, -10.0),
        (Factors(1, 0, 1, 0, 0, 0), 0xF5, -10.0),
        (Factors(0, 0, -2, 5, 2, -1), 10, 48.0),
        (Factors(0, 7, 1, 0, 0, 0), 4, 0.25),
        (Factors(0, 8, 3, 0, 0, 0), 2, 36.0),
        (Factors(0, 10, 1, 0, 0, 0), 81, 9.0),
    ],
)
def test_reading_becomes_a_value(factors, raw, value):
    assert factors.apply(raw) == value


@pytest.mark.parametrize(("linearization", "raw"), [(0x70, 1), (12, 1), (1, 0), (7, 0)])
def test_reading_without_a_value_is_an_error(linearization, raw):
    with pytest.raises(ValueError, match="has no value"):
        Factors(0, linearization, 1, 0, 0, 0).apply(raw)


def test_record_has_factors_of_ten_bits_with_signs():
    sensor = parse_record(full_record(0x0203, "A", 9, m=-300, b=511, exponents=(-8, 7)))
    assert (sensor.record, sensor.number, sensor.name) == (0x0203, 9, "A")
    assert sensor.factors == Factors(0, 0, -300, 511, 7, -8)


@pytest.mark.parametrize(
    ("bits", "state"), [(0, 0), (0xC0, 0), (1, 1), (8, 1), (2, 2), (4, 2), (0x10, 2), (0x20, 2), (0x19, 2)]
)
def test_thresholds_that_are_passed_are_a_state(bits, state):
    sensor = parse_record(full_record(1, "T", 1))
    assert parse_reading(sensor, bytes([20, 0xC0, bits])) == (20.0, state)


@pytest.mark.parametrize(
    ("kind", "reading", "bits", "state"),
    [
        (8, 0x6F, 1, 0),
        (8, 0x6F, 3, 2),
        (8, 0x6F, 5, 1),
        (8, 0x6F, 9, 2),
        (13, 0x6F, 3, 2),
        (4, 0x0B, 2, 2),
        (4, 0x0B, 4, 1),
        (5, 0x6F, 1, None),
        (8, 0x03, 1, None),
    ],
)
def test_bits_of_a_discrete_sensor_are_a_state_where_they_are_known(kind, reading, bits, state):
    sensor = parse_record(compact_record(1, "S", 1, kind, reading))
    assert parse_reading(sensor, bytes([0, 0xC0, bits, 0x80])) == (None, state)


@pytest.mark.parametrize("flags", [0x00, 0x20, 0xE0, 0x80])
def test_sensor_that_is_not_scanned_says_nothing(flags):
    sensor = parse_record(full_record(1, "T", 1))
    assert parse_reading(sensor, bytes([20, flags, 0])) == (None, None)


def test_other_records_are_no_sensors_of_the_controller():
    assert parse_record(bytes([1, 0, 0x51, 0x11, 3, 1, 2, 3])) is None
    assert parse_record(full_record(1, "T", 1, owner=0x2C)) is None


@pytest.mark.parametrize("record", [b"", full_record(1, "T", 1)[:30], compact_record(1, "T", 1, 8)[:20]])
def test_record_that_ends_too_early_is_an_error(record):
    with pytest.raises((IndexError, ValueError, struct.error)):
        parse_record(record)


def test_names_are_latin_or_of_six_bits():
    assert parse_name(0xC5, b"Temp\xe9....") == "Temp\u00e9"
    assert parse_name(0xC4, b"a\x07b\0") == "a\ufffdb"
    assert parse_name(0x83, (0x29 | 0x30 << 6 | 0x2D << 12 | 0x29 << 18).to_bytes(3, "little")) == "IPMI"
