"""What NVML tells of a GPU, under the names and units of DCGM and its exporter."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from exporter.exposition.text import Family, Kind

LABELS = ("gpu", "UUID", "pci_bus_id", "device", "modelName", "Hostname", "DCGM_FI_DRIVER_VERSION")
MIB = 1 << 20


class Field(NamedTuple):
    """Families that one question answers, in the order of the values that `read(nvml, handle)` returns."""

    families: tuple[Family, ...]
    read: Callable[[Any, Any], Sequence[float]]


def _family(name: str, help_text: str, kind: Kind = "gauge") -> Family:
    return Family(f"DCGM_FI_DEV_{name}", kind, help_text, LABELS)


def _read_memory(nvml: Any, handle: Any) -> Sequence[float]:
    try:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle, nvml.nvmlMemory_v2)
    except (nvml.NVMLError, AttributeError):  # an old driver counts what it keeps for itself as used
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    return memory.free // MIB, memory.used // MIB


def _read_memory_temperature(nvml: Any, handle: Any) -> Sequence[float]:
    (field,) = nvml.nvmlDeviceGetFieldValues(handle, [nvml.NVML_FI_DEV_MEMORY_TEMP])
    if field.nvmlReturn != nvml.NVML_SUCCESS:
        raise nvml.NVMLError(field.nvmlReturn)
    return (field.value.uiVal,)


def _read_utilization(nvml: Any, handle: Any) -> Sequence[float]:
    rates = nvml.nvmlDeviceGetUtilizationRates(handle)
    return rates.gpu, rates.memory


def _read_remapped(nvml: Any, handle: Any) -> Sequence[float]:
    correctable, uncorrectable, is_pending, has_failed = nvml.nvmlDeviceGetRemappedRows(handle)
    return uncorrectable, correctable, has_failed, is_pending


def _read_errors(error: str, counter: str) -> Callable[[Any, Any], Sequence[float]]:
    def read(nvml: Any, handle: Any) -> Sequence[float]:
        return (nvml.nvmlDeviceGetTotalEccErrors(handle, getattr(nvml, error), getattr(nvml, counter)),)

    return read


def _read_retired(cause: str) -> Callable[[Any, Any], Sequence[float]]:
    def read(nvml: Any, handle: Any) -> Sequence[float]:
        return (len(nvml.nvmlDeviceGetRetiredPages(handle, getattr(nvml, cause))),)

    return read


CORRECTED, UNCORRECTED = "NVML_MEMORY_ERROR_TYPE_CORRECTED", "NVML_MEMORY_ERROR_TYPE_UNCORRECTED"
VOLATILE, AGGREGATE = "NVML_VOLATILE_ECC", "NVML_AGGREGATE_ECC"
XID = _family("XID_ERRORS", "Value of the last XID error encountered.")
FIELDS = (
    Field(
        (_family("SM_CLOCK", "SM clock frequency (in MHz)."),),
        lambda nvml, handle: (nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM),),
    ),
    Field(
        (_family("MEM_CLOCK", "Memory clock frequency (in MHz)."),),
        lambda nvml, handle: (nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_MEM),),
    ),
    Field((_family("MEMORY_TEMP", "Memory temperature (in C)."),), _read_memory_temperature),
    Field(
        (_family("GPU_TEMP", "GPU temperature (in C)."),),
        lambda nvml, handle: (nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),),
    ),
    Field(
        (_family("SLOWDOWN_TEMP", "Temperature at which the GPU slows down (in C)."),),
        lambda nvml, handle: (
            nvml.nvmlDeviceGetTemperatureThreshold(handle, nvml.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN),
        ),
    ),
    Field(
        (_family("POWER_USAGE", "Power draw (in W)."),),
        lambda nvml, handle: (nvml.nvmlDeviceGetPowerUsage(handle) / 1000,),
    ),
    Field(
        (_family("ENFORCED_POWER_LIMIT", "Power limit that holds (in W)."),),
        lambda nvml, handle: (nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000,),
    ),
    Field(
        (_family("TOTAL_ENERGY_CONSUMPTION", "Total energy consumption since boot (in mJ).", "counter"),),
        lambda nvml, handle: (nvml.nvmlDeviceGetTotalEnergyConsumption(handle),),
    ),
    Field(
        (_family("PCIE_REPLAY_COUNTER", "Total number of PCIe retries.", "counter"),),
        lambda nvml, handle: (nvml.nvmlDeviceGetPcieReplayCounter(handle),),
    ),
    Field(
        (_family("GPU_UTIL", "GPU utilization (in %)."), _family("MEM_COPY_UTIL", "Memory utilization (in %).")),
        _read_utilization,
    ),
    Field(
        (_family("ENC_UTIL", "Encoder utilization (in %)."),),
        lambda nvml, handle: (nvml.nvmlDeviceGetEncoderUtilization(handle)[0],),
    ),
    Field(
        (_family("DEC_UTIL", "Decoder utilization (in %)."),),
        lambda nvml, handle: (nvml.nvmlDeviceGetDecoderUtilization(handle)[0],),
    ),
    Field(
        (
            _family("FB_FREE", "Framebuffer memory free (in MiB)."),
            _family("FB_USED", "Framebuffer memory used (in MiB)."),
        ),
        _read_memory,
    ),
    *(
        Field(
            (_family(f"ECC_{short}_TOTAL", f"Total number of {bits} {lifetime} ECC errors.", "counter"),),
            _read_errors(error, counter),
        )
        for short, bits, lifetime, error, counter in (
            ("SBE_VOL", "single-bit", "volatile", CORRECTED, VOLATILE),
            ("DBE_VOL", "double-bit", "volatile", UNCORRECTED, VOLATILE),
            ("SBE_AGG", "single-bit", "persistent", CORRECTED, AGGREGATE),
            ("DBE_AGG", "double-bit", "persistent", UNCORRECTED, AGGREGATE),
        )
    ),
    Field(
        (_family("RETIRED_SBE", "Total number of retired pages due to single-bit errors.", "counter"),),
        _read_retired("NVML_PAGE_RETIREMENT_CAUSE_MULTIPLE_SINGLE_BIT_ECC_ERRORS"),
    ),
    Field(
        (_family("RETIRED_DBE", "Total number of retired pages due to double-bit errors.", "counter"),),
        _read_retired("NVML_PAGE_RETIREMENT_CAUSE_DOUBLE_BIT_ECC_ERROR"),
    ),
    Field(
        (
            _family("UNCORRECTABLE_REMAPPED_ROWS", "Number of remapped rows for uncorrectable errors", "counter"),
            _family("CORRECTABLE_REMAPPED_ROWS", "Number of remapped rows for correctable errors", "counter"),
            _family("ROW_REMAP_FAILURE", "Whether remapping of rows has failed"),
            _family("ROW_REMAP_PENDING", "Whether remapping of rows waits for a reset of the GPU"),
        ),
        _read_remapped,
    ),
)
