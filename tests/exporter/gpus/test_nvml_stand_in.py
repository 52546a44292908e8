"""The stand-in has the names, constants and signatures of the module that it stands in for."""

import inspect

import pytest

from exporter.kernel import nvml

from ..nvml_stand_in import ANSWERS, NvmlStandIn  # noqa: TID252

pynvml = pytest.importorskip("pynvml")
CONSTANTS = {name: value for name, value in vars(NvmlStandIn).items() if name.startswith(("NVML_", "nvml"))}


def test_constants_are_the_modules():
    assert {name: getattr(pynvml, name) for name in CONSTANTS} == CONSTANTS


@pytest.mark.parametrize("name", ANSWERS)
def test_function_takes_what_the_module_takes(name):
    theirs = inspect.signature(getattr(pynvml, name)).parameters
    ours = len(inspect.signature(ANSWERS[name]).parameters) - 1
    assert ours == len(theirs)


def test_machine_without_the_library_is_told_so():
    with pytest.raises(nvml.NotFoundError, match=r"libnvidia-ml\.so\.1"):
        nvml.load()


def test_machine_without_the_module_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(nvml, "LIBRARY", None)  # ctypes.CDLL(None) is the program itself
    monkeypatch.setattr(nvml, "MODULE", "no_such_module")
    with pytest.raises(nvml.NotFoundError, match="extra `nvidia`"):
        nvml.load()


def test_library_that_does_not_start_is_told(monkeypatch):
    monkeypatch.setattr(nvml, "LIBRARY", None)
    with pytest.raises(nvml.NotFoundError, match="does not start"):
        nvml.load()
