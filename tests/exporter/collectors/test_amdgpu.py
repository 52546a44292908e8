"""Cards that lack attributes, sleep, or say what is no number: each costs itself alone."""

import pytest

from exporter.base.calls import Identity
from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.amdgpu import Amdgpu
from exporter.parsing import items

from ..fixed_calls import fixed_uname  # noqa: TID252


def card(number, **files):
    attributes = {"uevent": "DRIVER=amdgpu\n", "gpu_busy_percent": "5\n"} | files
    return {f"sys/class/drm/card{number}/device/{name.replace('__', '/')}": text for name, text in attributes.items()}


def series(roots):
    page = Supplies(roots, Identity(fixed_uname)).make(Amdgpu).page().decode()
    lines = [line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#")]
    return {(name.partition("{")[0], name.partition('gpu_id="')[2][:1]): value for name, value in lines}


def test_what_is_no_number_costs_itself_alone(tree):
    skipped = items.begin()
    page = series(tree(card(0, mem_busy_percent="lots\n", mem_info_vram_total="18446744073709551616\n") | card(1)))
    assert page == {("amd_gpu_gfx_activity", "0"): "5", ("amd_gpu_gfx_activity", "1"): "5"}
    assert skipped.count == 2


def test_sleeping_card_is_not_woken(tree):
    assert series(tree(card(0, power__runtime_status="suspended\n") | card(1))) == {("amd_gpu_gfx_activity", "1"): "5"}


def test_sensors_are_known_by_their_labels(tree):
    sensors = {
        "hwmon__hwmon3__temp1_label": "junction\n",
        "hwmon__hwmon3__temp1_input": "-1500\n",
        "hwmon__hwmon3__temp2_label": "vrm\n",
        "hwmon__hwmon3__temp2_input": "9\n",
        "hwmon__hwmon3__power1_input": "1500000\n",
    }
    page = series(tree(card(0, **sensors)))
    assert page["amd_gpu_junction_temperature", "0"] == "-1.5"
    assert page["amd_gpu_power_usage", "0"] == "1.5"
    assert len(page) == 3


def test_errors_of_all_blocks_are_summed(tree):
    blocks = {
        "ras__umc_err_count": "ue: 1\nce: 2\n",
        "ras__gfx_err_count": "ue: 4\nce: x\n",
        "ras__features": "ue: 9\n",
    }
    skipped = items.begin()
    page = series(tree(card(0, **blocks)))
    assert (page["amd_gpu_ecc_uncorrect_total", "0"], page["amd_gpu_ecc_correct_total", "0"]) == ("5", "2")
    assert skipped.count == 1


@pytest.mark.parametrize("files", [{}, {"sys/class/drm/card0/device/uevent": "DRIVER=i915\n"}])
def test_machine_without_such_a_card_is_not_applicable(tree, files):
    with pytest.raises(NotApplicableError, match="amdgpu"):
        series(tree(files))


def test_card_whose_driver_is_garbled_is_known_by_its_files(tree):
    page = series(tree(card(0, uevent="\0\0", mem_info_vram_total="1048576\n")))
    assert page["amd_gpu_total_vram", "0"] == "1"
