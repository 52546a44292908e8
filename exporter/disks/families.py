"""The families of prometheus-community/smartctl_exporter, and what of a disk becomes which."""

from collections.abc import Iterator, Sequence

from exporter.disks import ata, nvme
from exporter.exposition.text import Family, Kind, Sample

IDENTITY_LABELS = (
    "device", "interface", "protocol", "model_name", "serial_number", "firmware_version", "form_factor",
)  # fmt: skip


def _family(name: str, help_text: str, *labels: str, kind: Kind = "gauge") -> Family:
    return Family(f"smartctl_device_{name}", kind, help_text, ("device", *labels))


DEVICE = Family("smartctl_device", "gauge", "Device info", IDENTITY_LABELS)
CAPACITY_BLOCKS = _family("capacity_blocks", "Device capacity in blocks")
CAPACITY_BYTES = _family("capacity_bytes", "Device capacity in bytes")
BLOCK_SIZE = _family("block_size", "Device block size", "blocks_type")
ATTRIBUTE = _family(
    "attribute", "Device attributes",
    "attribute_name", "attribute_flags_short", "attribute_flags_long", "attribute_value_type", "attribute_id",
)  # fmt: skip
POWER_ON = _family("power_on_seconds", "Device power on seconds", kind="counter")
POWER_CYCLES = _family("power_cycle_count", "Device power cycle count", kind="counter")
ROTATION = _family("rotation_rate", "Device rotation rate")
TEMPERATURE = _family("temperature", "Device temperature celsius", "temperature_type")
# The peer has both, with the same value; boards use either.
STATUSES = (_family("smart_status", "General smart status"), _family("status", "Device status"))
PERCENTAGE_USED = _family("percentage_used", "Device write percentage used", kind="counter")
SPARE = _family(
    "available_spare",
    "Normalized percentage (0 to 100%) of the remaining spare capacity available",
    kind="counter",
)
SPARE_THRESHOLD = _family(
    "available_spare_threshold", "The percentage of available spare below which the controller warns", kind="counter"
)
WARNING = _family(
    "critical_warning",
    "This field indicates critical warnings for the state of the controller",
    kind="counter",
)
MEDIA_ERRORS = _family("media_errors", "How often the controller found data that it could not recover", kind="counter")
ERROR_LOG_ENTRIES = _family(
    "num_err_log_entries", "Entries of the error log over the life of the controller", kind="counter"
)
BYTES_READ = _family("bytes_read", "Bytes read over the life of the controller", kind="counter")
BYTES_WRITTEN = _family("bytes_written", "Bytes written over the life of the controller", kind="counter")
SECONDS_PER_HOUR = 3600


def describe_ata_identity(device: str, identity: ata.Identity) -> Iterator[Sample]:
    """Yield what an ATA disk is."""
    names = (identity.model, identity.serial, identity.firmware, identity.form_factor)
    yield Sample(DEVICE, 1, (device, "sat", "ATA", *names))
    yield Sample(CAPACITY_BLOCKS, identity.sectors, (device,))
    yield Sample(CAPACITY_BYTES, identity.sectors * identity.logical_bytes, (device,))
    yield Sample(BLOCK_SIZE, identity.logical_bytes, (device, "logical"))
    yield Sample(BLOCK_SIZE, identity.physical_bytes, (device, "physical"))
    if identity.rotation_rate:
        yield Sample(ROTATION, identity.rotation_rate, (device,))


def describe_ata_attributes(device: str, attributes: Sequence[ata.Attribute]) -> Iterator[Sample]:
    """Yield each attribute, and what hours, cycles and temperature they tell."""
    for attribute in attributes:
        numbers = {"value": attribute.value, "worst": attribute.worst, "raw": attribute.raw}
        if attribute.threshold is not None:
            numbers["thresh"] = attribute.threshold
        for kind, value in numbers.items():
            flags = (attribute.short_flags, attribute.long_flags)
            yield Sample(ATTRIBUTE, value, (device, attribute.name, *flags, kind, str(attribute.number)))
    by_number = {attribute.number: attribute for attribute in attributes}
    if (hours := ata.power_on_hours(by_number)) is not None:
        yield Sample(POWER_ON, hours * SECONDS_PER_HOUR, (device,))
    if ata.POWER_CYCLES in by_number:
        yield Sample(POWER_CYCLES, by_number[ata.POWER_CYCLES].raw, (device,))
    if (celsius := ata.temperature(by_number)) is not None:
        yield Sample(TEMPERATURE, celsius, (device, "current"))


def describe_status(device: str, *, passes: bool) -> Iterator[Sample]:
    """Yield whether the disk says that it is well."""
    yield from (Sample(family, int(passes), (device,)) for family in STATUSES)


def describe_nvme_identity(device: str, identity: nvme.Identity) -> Iterator[Sample]:
    """Yield what a controller is."""
    yield Sample(DEVICE, 1, (device, "nvme", "NVMe", identity.model, identity.serial, identity.firmware, ""))
    if identity.capacity_bytes:
        yield Sample(CAPACITY_BYTES, identity.capacity_bytes, (device,))


def describe_nvme_health(device: str, health: nvme.Health) -> Iterator[Sample]:
    """Yield what a controller's SMART log tells; it is well as long as it warns of nothing."""
    key = (device,)
    yield Sample(POWER_ON, health.power_on_hours * SECONDS_PER_HOUR, key)
    yield Sample(POWER_CYCLES, health.power_cycles, key)
    if health.temperature is not None:
        yield Sample(TEMPERATURE, health.temperature, (device, "current"))
    yield Sample(PERCENTAGE_USED, health.percentage_used, key)
    yield Sample(SPARE, health.available_spare, key)
    yield Sample(SPARE_THRESHOLD, health.available_spare_threshold, key)
    yield Sample(WARNING, health.critical_warning, key)
    yield Sample(MEDIA_ERRORS, health.media_errors, key)
    yield Sample(ERROR_LOG_ENTRIES, health.error_log_entries, key)
    yield Sample(BYTES_READ, health.bytes_read, key)
    yield Sample(BYTES_WRITTEN, health.bytes_written, key)
    yield from describe_status(device, passes=health.critical_warning == 0)
