"""The families of prometheus-community/ipmi_exporter, and what of a controller becomes which."""

from exporter.exposition.text import Family, Sample
from exporter.ipmi.sensor_record import Reading, Sensor

CELSIUS, VOLTS, AMPERES, WATTS, RPM = 1, 4, 5, 6, 18
FAN = 0x04
GENERIC = ("id", "name", "type")


def _pair(name: str, unit: str, what: str, reading: str) -> tuple[Family, Family]:
    state = Family(
        f"ipmi_{name}_state",
        "gauge",
        f"Reported state of a {what} sensor (0=nominal, 1=warning, 2=critical).",
        ("id", "name"),
    )
    return Family(f"ipmi_{name}_{unit}", "gauge", reading, ("id", "name")), state


BY_UNIT = {
    CELSIUS: _pair("temperature", "celsius", "temperature", "Temperature reading in degree Celsius."),
    VOLTS: _pair("voltage", "volts", "voltage", "Voltage reading in Volts."),
    AMPERES: _pair("current", "amperes", "current", "Current reading in Amperes."),
    WATTS: _pair("power", "watts", "power", "Power reading in Watts."),
    RPM: _pair("fan_speed", "rpm", "fan speed", "Fan speed in rotations per minute."),
}
FAN_RATIO = Family("ipmi_fan_speed_ratio", "gauge", "Fan speed as a proportion of the maximum speed.", ("id", "name"))
VALUE = Family("ipmi_sensor_value", "gauge", "Data of an IPMI sensor of another kind, which its labels tell.", GENERIC)
STATE = Family(
    "ipmi_sensor_state",
    "gauge",
    "Indicates the severity of the state reported by an IPMI sensor (0=nominal, 1=warning, 2=critical).",
    GENERIC,
)
CHASSIS_POWER = Family("ipmi_chassis_power_state", "gauge", "Current power state (1=on, 0=off).")
# By the bit of the chassis's third byte that says that there is one.
CHASSIS_FAULTS = {
    0x04: Family("ipmi_chassis_drive_fault_state", "gauge", "Current drive fault state (1=false, 0=true)."),
    0x08: Family("ipmi_chassis_cooling_fault_state", "gauge", "Current Cooling/fan fault state (1=false, 0=true)."),
}
POWER = Family("ipmi_dcmi_power_consumption_watts", "gauge", "Current power consumption in Watts.")
IS_MEASURING = 0x40


def describe_sensor(sensor: Sensor, reading: Reading) -> list[Sample]:
    """Return a sensor's value and state, as far as it has them."""
    key = (str(sensor.record), sensor.name)
    value_family, state_family = BY_UNIT.get(sensor.unit, (VALUE, STATE))
    if sensor.is_percentage and sensor.kind == FAN:
        value_family, state_family = FAN_RATIO, BY_UNIT[RPM][1]
    elif sensor.is_percentage or sensor.factors is None:
        value_family, state_family = VALUE, STATE
    values = {value_family: reading.value, state_family: reading.state}
    samples = []
    for family, value in values.items():
        if value is not None:
            labels = key if family.labels != GENERIC else (*key, sensor.type_name)
            samples.append(Sample(family, value / 100 if family is FAN_RATIO else value, labels))
    return samples


def describe_chassis(status: bytes) -> list[Sample]:
    """Return what Get Chassis Status tells; raise ValueError."""
    if len(status) < 3:
        raise ValueError(f"Get Chassis Status: expected three bytes, got {status.hex()!r}")
    samples = [Sample(CHASSIS_POWER, status[0] & 1)]
    return samples + [Sample(family, int(not status[2] & bit)) for bit, family in CHASSIS_FAULTS.items()]


def describe_power(answer: bytes) -> list[Sample]:
    """Return what DCMI's Get Power Reading tells, nothing while the controller does not measure; raise ValueError."""
    if len(answer) < 18:
        raise ValueError(f"Get Power Reading: expected 18 bytes, got {answer.hex()!r}")
    watts = int.from_bytes(answer[1:3], "little")
    return [Sample(POWER, watts)] if answer[17] & IS_MEASURING else []
