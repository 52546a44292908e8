"""GPUs that fall off the bus, questions that one of them refuses, errors that NVML tells as events."""

import sys

import pytest

from exporter.base.calls import Identity, NvidiaLibrary
from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.nvidia import Nvidia
from exporter.parsing import items

from ..fixed_calls import fixed_uname  # noqa: TID252
from ..nvml_stand_in import NvmlStandIn  # noqa: TID252

DRIVER = {"proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX x86_64 Kernel Module\n"}


@pytest.fixture
def library():
    return NvmlStandIn("GPU-a", "GPU-b")


@pytest.fixture
def collector(library, tree):
    made_of = Supplies(tree(DRIVER), Identity(fixed_uname), NvidiaLibrary(library.load))
    collector = made_of.make(Nvidia)
    yield collector
    collector.close()


def series(collector):
    page = collector.page().decode()
    lines = [line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#")]
    return {(name.partition("{")[0], 'gpu="1"' in name): value for name, value in lines}


def test_question_that_a_gpu_does_not_know_is_left_out_in_silence(library, collector):
    library.failing["nvmlDeviceGetRemappedRows", 1] = library.NVML_ERROR_NOT_SUPPORTED
    skipped = items.begin()
    page = series(collector)
    assert ("DCGM_FI_DEV_ROW_REMAP_FAILURE", False) in page
    assert ("DCGM_FI_DEV_ROW_REMAP_FAILURE", True) not in page
    assert skipped.count == 0


def test_question_that_fails_costs_itself_alone(library, collector):
    whole = series(collector)
    library.failing["nvmlDeviceGetPowerUsage", 0] = 999
    skipped = items.begin()
    page = series(collector)
    assert whole.keys() - page.keys() == {("DCGM_FI_DEV_POWER_USAGE", False)}
    assert list(skipped.reasons) == ["GPU-a: DCGM_FI_DEV_POWER_USAGE"]


def test_gpu_that_is_lost_costs_itself_alone(library, collector):
    library.failing["nvmlDeviceGetHandleByIndex", 0] = library.NVML_ERROR_GPU_IS_LOST
    skipped = items.begin()
    page = series(collector)
    assert {is_second for _, is_second in page} == {True}
    assert skipped.reasons == {"GPU 0": "NVML error 15"}


def test_last_xid_is_told_until_another_comes(library, collector):
    assert series(collector)["DCGM_FI_DEV_XID_ERRORS", True] == "0"
    library.events += [(1, 79), (1, 48)]
    for _ in range(2):
        page = series(collector)
        assert (page["DCGM_FI_DEV_XID_ERRORS", False], page["DCGM_FI_DEV_XID_ERRORS", True]) == ("0", "48")


def test_gpu_that_keeps_no_events_has_all_else(library, collector):
    library.failing["nvmlDeviceRegisterEvents", None] = library.NVML_ERROR_NOT_SUPPORTED
    skipped = items.begin()
    page = series(collector)
    assert ("DCGM_FI_DEV_XID_ERRORS", True) not in page
    assert ("DCGM_FI_DEV_GPU_UTIL", True) in page
    assert skipped.count == 0


def test_driver_that_was_replaced_is_begun_anew(library, collector):
    series(collector)
    library.is_started = False
    with pytest.raises(OSError, match="NVML"):
        collector.page()
    assert ("DCGM_FI_DEV_GPU_UTIL", True) in series(collector)
    assert library.starts == 2


def test_old_library_without_the_second_memory_structure(collector, monkeypatch):
    monkeypatch.delattr(NvmlStandIn, "nvmlMemory_v2")
    assert series(collector)["DCGM_FI_DEV_FB_USED", False] == "21420"


def test_without_a_driver_nothing_is_loaded(tree):
    loaded = []
    collector = Supplies(tree({}), NvidiaLibrary(lambda: loaded.append(1))).make(Nvidia)
    with pytest.raises(NotApplicableError, match="driver"):
        collector.page()
    assert loaded == []
    assert "pynvml" not in vars(sys.modules["exporter.kernel.nvml"])


def test_driver_without_its_library_is_not_applicable(tree):
    collector = Supplies(tree(DRIVER), NvidiaLibrary(NvmlStandIn().load)).make(Nvidia)
    with pytest.raises(NotApplicableError, match=r"libnvidia-ml\.so\.1"):
        collector.page()


@pytest.mark.parametrize("question", ["nvmlDeviceGetMinorNumber", "nvmlDeviceGetPciInfo", "nvmlDeviceGetName"])
def test_a_virtual_gpu_that_lacks_a_name_is_shown_without_it(question, library, collector):
    whole = series(collector)
    library.failing[question, 1] = library.NVML_ERROR_NOT_SUPPORTED
    skipped = items.begin()
    assert series(collector) == whole
    assert skipped.count == 0
