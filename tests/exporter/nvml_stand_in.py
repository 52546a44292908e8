"""Stands in for the module pynvml, and with it for NVIDIA's library, driver and GPUs, of which this project has none.

Names, signatures and constants are those of nvidia-ml-py; `tests/exporter/gpus/test_nvml_stand_in.py` holds them
against it. Values are made up.
"""

from types import SimpleNamespace

from exporter.kernel.nvml import NotFoundError


class NVMLError(Exception):
    def __init__(self, value):
        super().__init__(f"NVML error {value}")
        self.value = value


class NvmlStandIn:
    """One library with as many GPUs as UUIDs; `failing` names (function, GPU's number) and the error's code."""

    NVMLError = NVMLError
    NVML_SUCCESS, NVML_ERROR_UNINITIALIZED, NVML_ERROR_NOT_SUPPORTED, NVML_ERROR_TIMEOUT = 0, 1, 3, 10
    NVML_ERROR_FUNCTION_NOT_FOUND, NVML_ERROR_GPU_IS_LOST = 13, 15
    NVML_CLOCK_SM, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU, NVML_TEMPERATURE_THRESHOLD_SLOWDOWN = 1, 2, 0, 1
    NVML_MEMORY_ERROR_TYPE_CORRECTED, NVML_MEMORY_ERROR_TYPE_UNCORRECTED = 0, 1
    NVML_VOLATILE_ECC, NVML_AGGREGATE_ECC, NVML_FI_DEV_MEMORY_TEMP = 0, 1, 82
    NVML_PAGE_RETIREMENT_CAUSE_MULTIPLE_SINGLE_BIT_ECC_ERRORS = 0
    NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR = 1
    nvmlEventTypeXidCriticalError = 8  # noqa: N815 - pynvml's own name
    nvmlMemory_v2 = 0x2000028  # noqa: N815

    def __init__(self, *uuids):
        self.uuids = list(uuids)
        self.failing = {}
        self.events = []
        self.is_started = False
        self.starts = 0

    def load(self):
        if not self.uuids:
            raise NotFoundError("libnvidia-ml.so.1 can't be loaded")
        self.is_started = True
        self.starts += 1
        return self

    def __getattr__(self, name):
        answer = ANSWERS.get(name)
        if answer is None:
            raise AttributeError(name)

        def ask(*arguments):
            self._check(name, arguments[0] if arguments else None)
            return answer(self, *arguments)

        return ask

    def _check(self, name, number):
        code = self.failing.get((name, number), self.failing.get((name, None)))
        if not self.is_started:
            code = self.NVML_ERROR_UNINITIALIZED
        if code is not None:
            raise NVMLError(code)

    def stop(self):
        self.is_started = False

    def next_event(self):
        if not self.events:
            raise NVMLError(self.NVML_ERROR_TIMEOUT)
        number, xid = self.events.pop(0)
        return SimpleNamespace(device=number, eventType=8, eventData=xid)


def _memory(_nvml, _gpu, _version=None):
    return SimpleNamespace(total=81920 << 20, reserved=500 << 20, free=60000 << 20, used=21420 << 20)


ANSWERS = {
    "nvmlShutdown": lambda nvml: nvml.stop(),
    "nvmlSystemGetDriverVersion": lambda _: "550.54.15",
    "nvmlDeviceGetCount": lambda nvml: len(nvml.uuids),
    "nvmlDeviceGetHandleByIndex": lambda _, number: number,
    "nvmlDeviceGetUUID": lambda nvml, gpu: nvml.uuids[gpu],
    "nvmlDeviceGetName": lambda _, gpu: b"NVIDIA Stand-in 80GB" if gpu else "NVIDIA Stand-in 80GB",
    "nvmlDeviceGetPciInfo": lambda _, gpu: SimpleNamespace(busId=f"00000000:{gpu + 0x31:02X}:00.0"),
    "nvmlDeviceGetMinorNumber": lambda _, gpu: gpu,
    "nvmlDeviceGetClockInfo": lambda _, gpu, kind: (0, 1980, 2619)[kind] + gpu,
    "nvmlDeviceGetTemperature": lambda _, gpu, __: 41 + gpu,
    "nvmlDeviceGetTemperatureThreshold": lambda _, __, ___: 87,
    "nvmlDeviceGetFieldValues": lambda _, gpu, __: [
        SimpleNamespace(nvmlReturn=0, value=SimpleNamespace(uiVal=52 + gpu))
    ],
    "nvmlDeviceGetPowerUsage": lambda _, gpu: 113_450 + gpu,
    "nvmlDeviceGetEnforcedPowerLimit": lambda _, __: 700_000,
    "nvmlDeviceGetTotalEnergyConsumption": lambda _, gpu: 4_742_776_000 + gpu,
    "nvmlDeviceGetPcieReplayCounter": lambda _, gpu: 3 + gpu,
    "nvmlDeviceGetUtilizationRates": lambda _, gpu: SimpleNamespace(gpu=97 - gpu, memory=33),
    "nvmlDeviceGetEncoderUtilization": lambda _, __: [5, 167_000],
    "nvmlDeviceGetDecoderUtilization": lambda _, __: [6, 167_000],
    "nvmlDeviceGetMemoryInfo": _memory,
    "nvmlDeviceGetTotalEccErrors": lambda _, __, error, counter: 10 * error + counter,
    "nvmlDeviceGetRetiredPages": lambda _, __, cause: [0x1000] * (2 - cause),
    "nvmlDeviceGetRemappedRows": lambda _, gpu: (4, 1, 0, gpu),
    "nvmlEventSetCreate": lambda _: "events",
    "nvmlDeviceRegisterEvents": lambda _, __, ___, ____: None,
    "nvmlEventSetWait_v2": lambda nvml, _, __: nvml.next_event(),
}
