"""A controller that is absent, silent, slow, or garbles a part of what it says."""

import pytest

from exporter.base.calls import IpmiCalls
from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.ipmi import Ipmi
from exporter.ipmi.controller import Controller
from exporter.kernel import ipmi_ioctl
from exporter.parsing import items

from ..controller_stand_in import READINGS, RECORDS, ControllerStandIn  # noqa: TID252


@pytest.fixture
def make(tree):
    collectors = []

    def make(open_device, **files):
        roots = tree({"root/dev/ipmi0": ""} | files)
        collectors.append(Supplies(roots, IpmiCalls(open_device)).make(Ipmi))
        return collectors[-1]

    yield make
    for collector in collectors:
        collector.close()


def series(page):
    return dict(line.rsplit(" ", 1) for line in page.decode().splitlines() if not line.startswith("#"))


@pytest.fixture
def whole(make):
    return series(make(ControllerStandIn().open).page())


def test_each_kind_of_sensor_has_its_name(whole):
    assert whole['ipmi_temperature_celsius{id="1",name="CPU Temp"}'] == "42"
    assert whole['ipmi_voltage_volts{id="2",name="12V"}'] == "12.033"
    assert whole['ipmi_fan_speed_rpm{id="5",name="FAN1"}'] == "7200"
    assert whole['ipmi_fan_speed_ratio{id="6",name="FAN2 Duty"}'] == "0.35"
    assert whole['ipmi_power_watts{id="7",name="PS1 In"}'] == "280"
    assert whole['ipmi_current_amperes{id="8",name="PS1 Curr"}'] == "2.2"
    assert whole['ipmi_power_state{id="7",name="PS1 In"}'] == "2"
    assert whole['ipmi_sensor_state{id="10",name="PS2 Status",type="Power Supply"}'] == "2"
    assert whole["ipmi_chassis_cooling_fault_state"] == "0"
    assert whole["ipmi_dcmi_power_consumption_watts"] == "300"


@pytest.mark.parametrize("answer", [b"\0", b"\0\x2a", b"\xff", b"\xc3", b""])
def test_reading_that_is_garbled_costs_its_sensor_alone(make, whole, answer):
    controller = ControllerStandIn()
    controller.answers[0x04, 0x2D, b"\x11"] = answer
    skipped = items.begin()
    page = series(make(controller.open).page())
    assert whole.items() - page.items() == {(name, value) for name, value in whole.items() if '"12V"' in name}
    assert list(skipped.reasons) == ["12V"]


@pytest.mark.parametrize("place", range(6))
def test_record_that_is_garbled_costs_its_sensor_alone(make, whole, place):
    cut = RECORDS[place][:4] + bytes([8]) + RECORDS[place][5:13]
    records = (*RECORDS[:place], cut, *RECORDS[place + 1 :])
    skipped = items.begin()
    page = series(make(ControllerStandIn(records).open).page())
    assert 1 <= len(whole) - len(page) <= 2
    assert page.items() <= whole.items()
    assert skipped.count == 1


@pytest.mark.parametrize("command", [(0x00, 0x01), (0x2C, 0x02)])
@pytest.mark.parametrize("answer", [b"\0\1", b"\xc1", b"\xff"])
def test_what_a_controller_lacks_is_left_out_and_what_it_garbles_is_told(make, whole, command, answer):
    controller = ControllerStandIn()
    controller.answers[command] = answer
    skipped = items.begin()
    page = series(make(controller.open).page())
    assert page.items() < whole.items()
    assert skipped.count == int(answer != b"\xc1")


def test_sensor_that_went_away_is_left_out_in_silence(make):
    readings = {number: reading for number, reading in READINGS.items() if number != 0x10}
    skipped = items.begin()
    page = series(make(ControllerStandIn(readings=readings).open).page())
    assert not any("CPU Temp" in name for name in page)
    assert skipped.count == 0


def test_reservation_that_is_lost_is_made_anew(make, whole):
    controller = ControllerStandIn()
    controller.lost_reservations = 3
    assert series(make(controller.open).page()) == whole


def test_reservations_that_are_always_lost_are_an_error(make):
    controller = ControllerStandIn()
    controller.lost_reservations = 1_000
    with pytest.raises(ValueError, match="completion code 0xc5"):
        make(controller.open).page()


def test_records_are_read_once(tmp_path):
    stand_in = ControllerStandIn()
    controller = Controller(tmp_path, stand_in.open)
    controller.read()
    stand_in.asked.clear()
    controller.read()
    assert {asked[:2] for asked in stand_in.asked} == {(0x04, 0x2D), (0x00, 0x01), (0x2C, 0x02)}


def test_controller_that_does_not_answer_is_an_error_and_recovers(make):
    controller = ControllerStandIn()
    controller.is_silent = True
    with pytest.raises(OSError, match="does not answer"):
        make(controller.open).page()


def test_device_that_is_forbidden_is_not_applicable(make):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    with pytest.raises(NotApplicableError, match="Permission denied"):
        make(refuse).page()


def test_machine_without_a_controller_is_not_applicable_and_has_no_thread(tree):
    collector = Supplies(tree({})).make(Ipmi)
    with pytest.raises(NotApplicableError, match="no management controller"):
        collector.page()
    assert collector._thread is None


def test_structures_are_the_kernels():
    assert (ipmi_ioctl.REQUEST.size, ipmi_ioctl.RECEIVED.size, ipmi_ioctl.ADDRESS.size) == (40, 48, 8)
    assert (ipmi_ioctl.SEND, ipmi_ioctl.RECEIVE_TRUNCATED) == (0x8028690D, 0xC030690B)


def test_file_that_is_no_device_is_an_error(tmp_path):
    (tmp_path / "ipmi0").touch()
    with ipmi_ioctl.IpmiDevice(tmp_path / "ipmi0") as device, pytest.raises(OSError, match="ioctl"):
        device.ask(0, 1)


def test_record_whose_rest_is_refused_costs_itself_alone(make, whole):
    controller = ControllerStandIn()
    refused = {(0x0A, 0x23, bytes([1, 0, 2, 0, offset, 16])): b"\xff" for offset in (5, 21, 37)}
    controller.answers.update(refused)
    skipped = items.begin()
    page = series(make(controller.open).page())
    assert whole.items() - page.items() == {(name, value) for name, value in whole.items() if '"12V"' in name}
    assert list(skipped.reasons) == ["record 2"]


def test_header_that_is_refused_leaves_the_records_before_it(make, whole):
    controller = ControllerStandIn()
    controller.answers[0x0A, 0x23, bytes([1, 0, 5, 0, 0, 5])] = b"\xcb"
    skipped = items.begin()
    page = series(make(controller.open).page())
    assert {"CPU Temp", "12V"} == {name.split('"')[3] for name in page if "id=" in name}
    assert page.items() < whole.items()
    assert list(skipped.reasons) == ["record 5"]


def test_records_that_lead_in_a_circle_are_read_once(make, whole):
    records = (*RECORDS[:3], RECORDS[0][:2] + RECORDS[1][2:])
    skipped = items.begin()
    page = series(make(ControllerStandIn(records).open).page())
    assert {"CPU Temp", "12V", "FAN1"} == {name.split('"')[3] for name in page if "id=" in name}
    assert page.items() < whole.items()
    assert skipped.count == 1
