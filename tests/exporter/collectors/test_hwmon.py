"""What sensors mean, and chips that come, go, share a device, or fail."""

import pytest

from exporter.collectors.hwmon import Hwmon, HwmonOptions
from exporter.kernel.sensor_attributes import describe


@pytest.mark.parametrize(
    ("kind", "element", "name", "divisor"),
    [
        ("temp", "input", "node_hwmon_temp_celsius", 1000),
        ("temp", "", "node_hwmon_temp_celsius", 1000),
        ("temp", "crit_alarm", "node_hwmon_temp_crit_alarm_celsius", 1000),
        ("temp", "type", "node_hwmon_temp_type", 1),
        ("temp", "fault", "node_hwmon_temp_fault", 1),
        ("in", "alarm", "node_hwmon_in_alarm", 1),
        ("in", "beep", "node_hwmon_in_beep_enabled", 1),
        ("in", "min", "node_hwmon_in_min_volts", 1000),
        ("cpu", "vid", "node_hwmon_cpu_vid_volts", 1000),
        ("curr", "input", "node_hwmon_curr_amps", 1000),
        ("energy", "input", "node_hwmon_energy_joule_total", 1000000),
        ("power", "average", "node_hwmon_power_average_watt", 1000000),
        ("power", "average_interval", "node_hwmon_power_average_interval_seconds", 1000),
        ("power", "accuracy", "node_hwmon_power_accuracy", 1000000),
        ("humidity", "input", "node_hwmon_humidity", 1000000),
        ("fan", "input", "node_hwmon_fan_rpm", 1),
        ("fan", "target", "node_hwmon_fan_target_rpm", 1),
        ("fan", "pulses", "node_hwmon_fan_pulses", 1),
        ("freq", "input", "node_hwmon_freq_freq_mhz", 1000000),
        ("pwm", "", "node_hwmon_pwm", 1),
        ("pwm", "Auto-Point", "node_hwmon_pwm_auto_point", 1),
        ("update_interval", "", "node_hwmon_update_interval_seconds", 1000),
        ("vrm", "", "node_hwmon_voltage_regulator_version", 1),
        ("beep_enable", "", "node_hwmon_beep_enabled", 1),
    ],
)
def test_each_attribute_has_its_name_and_unit(kind, element, name, divisor):
    meaning = describe(kind, element, has_bare=False)
    assert (meaning.family.name, meaning.divisor) == (name, divisor)


def test_input_beside_a_bare_attribute_is_named():
    assert describe("fan", "input", has_bare=True).family.name == "node_hwmon_fan_input_rpm"


def series(collector):
    lines = collector.page().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_chips_of_one_device_are_told_apart_by_name_or_else_by_number(tree):
    roots = tree(
        {
            "sys/devices/platform/wifi/hwmon/hwmon0/name": "phy\n",
            "sys/devices/platform/wifi/hwmon/hwmon0/temp1_input": "1000\n",
            "sys/devices/platform/wifi/hwmon/hwmon1/name": "phy\n",
            "sys/devices/platform/wifi/hwmon/hwmon1/temp1_input": "2000\n",
            "sys/devices/platform/wifi/hwmon/hwmon2/name": "fans\n",
            "sys/devices/platform/wifi/hwmon/hwmon2/temp1_input": "3000\n",
        }
    )
    folder = roots.sys / "class" / "hwmon"
    folder.mkdir(parents=True)
    for number in range(3):
        target = roots.sys / "devices" / "platform" / "wifi" / "hwmon" / f"hwmon{number}"
        (folder / f"hwmon{number}").symlink_to(target)
        (target / "device").symlink_to(target.parent.parent)
    readings = series(Hwmon(roots))
    assert {key: value for key, value in readings.items() if "celsius" in key} == {
        'node_hwmon_temp_celsius{chip="platform_wifi_hwmon0",sensor="temp1"}': "1",
        'node_hwmon_temp_celsius{chip="platform_wifi_hwmon1",sensor="temp1"}': "2",
        'node_hwmon_temp_celsius{chip="platform_wifi_fans",sensor="temp1"}': "3",
    }


def test_value_that_is_no_number_or_unreadable_costs_only_its_own_series(tree):
    roots = tree(
        {
            "sys/class/hwmon/hwmon0/name": "a\n",
            "sys/class/hwmon/hwmon0/temp1_input": "garbage\n",
            "sys/class/hwmon/hwmon0/temp2_input": "\n",
            "sys/class/hwmon/hwmon0/temp3_input/folder": "reading it is an error\n",
            "sys/class/hwmon/hwmon0/temp4_input": "-5500\n",
        }
    )
    assert series(Hwmon(roots)) == {
        'node_hwmon_chip_names{chip="a",chip_name="a"}': "1",
        'node_hwmon_temp_celsius{chip="a",sensor="temp4"}': "-5.5",
    }


def test_sensors_and_chips_that_come_and_go_are_noticed(tree):
    roots = tree({"sys/class/hwmon/hwmon0/name": "a\n", "sys/class/hwmon/hwmon0/fan1_input": "7\n"})
    collector = Hwmon(roots)
    assert 'node_hwmon_fan_rpm{chip="a",sensor="fan1"}' in series(collector)
    (roots.sys / "class/hwmon/hwmon0/fan2_input").write_text("8\n")
    assert series(collector)['node_hwmon_fan_rpm{chip="a",sensor="fan2"}'] == "8"
    (roots.sys / "class/hwmon/hwmon0/fan1_input").unlink()
    assert 'node_hwmon_fan_rpm{chip="a",sensor="fan1"}' not in series(collector)


def test_filters_take_chips_and_sensors_of_chips(tree):
    files = {
        f"sys/class/hwmon/hwmon{number}/{file}": content
        for number in (0, 1)
        for file, content in (("name", f"chip{number}\n"), ("fan1_input", "1\n"), ("fan2_input", "2\n"))
    }
    roots = tree(files)
    assert not any("chip0" in key for key in series(Hwmon(roots, HwmonOptions(chip_exclude="chip0"))))
    kept = series(Hwmon(roots, HwmonOptions(sensor_include="^chip1;fan2$")))
    assert [key for key in kept if "fan" in key] == ['node_hwmon_fan_rpm{chip="chip1",sensor="fan2"}']
