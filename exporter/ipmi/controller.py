"""Asks the management controller: its sensors once, their readings each time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, Self

from exporter.exposition.text import Sample
from exporter.ipmi import families
from exporter.ipmi.sensor_record import Sensor, parse_reading, parse_record
from exporter.parsing.items import UNREADABLE

CHASSIS, SENSOR, STORAGE, GROUP = 0x00, 0x04, 0x0A, 0x2C
GET_CHASSIS_STATUS, GET_READING, RESERVE, GET_RECORD, GET_POWER = 0x01, 0x2D, 0x22, 0x23, 0x02
DCMI = 0xDC
OK, RESERVATION_LOST = 0x00, 0xC5
NOT_HERE = frozenset({0xC1, 0xCB, 0xCD, 0xD5})  # unknown command, no such sensor, not for this one, not now
LAST_RECORD = 0xFFFF
HEADER_BYTES, PIECE_BYTES = 5, 16  # what every controller gives in one piece
MOST_RECORDS, MOST_RESERVATIONS = 2000, 5


class Device(Protocol):
    """An open device, as `IpmiDevice` is."""

    def ask(self, function: int, command: int, data: bytes = b"") -> bytes:
        """Return a command's answer, its completion code first; raise OSError when none comes."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *details: object) -> None: ...


Open = Callable[[Path], Device]


class ReservationLostError(ValueError):
    """Somebody changed or reserved the records meanwhile."""


class NotHereError(ValueError):
    """The controller does not have that."""


def ask(device: Device, function: int, command: int, data: bytes = b"") -> bytes:
    """Return the answer without its completion code; raise ValueError when the controller refuses, OSError."""
    answer = device.ask(function, command, data)
    code = answer[0] if answer else 0xFF
    if code == OK:
        return answer[1:]
    kind = ReservationLostError if code == RESERVATION_LOST else NotHereError if code in NOT_HERE else ValueError
    raise kind(f"command {function:#04x} {command:#04x}: refused with completion code {code:#04x}")


def read_records(device: Device) -> Iterator[bytes]:
    """Yield all sensor data records; raise ValueError, OSError."""
    number, reservation, reserved = 0, b"", 0
    for _ in range(MOST_RECORDS):
        while True:
            if not reservation:
                reservation, reserved = ask(device, STORAGE, RESERVE)[:2], reserved + 1
            try:
                following, record = _read_record(device, reservation, number)
                break
            except ReservationLostError:
                reservation = b""
                if reserved >= MOST_RESERVATIONS:
                    raise
        yield record
        if following == LAST_RECORD:
            return
        number = following


def _read_record(device: Device, reservation: bytes, number: int) -> tuple[int, bytes]:
    def read(offset: int, size: int) -> bytes:
        request = reservation + number.to_bytes(2, "little") + bytes([offset, size])
        answer = ask(device, STORAGE, GET_RECORD, request)
        if len(answer) != 2 + size:
            raise ValueError(f"record {number}: expected {size} bytes at {offset}, got {len(answer) - 2}")
        return answer

    header = read(0, HEADER_BYTES)
    record, size = header[2:], HEADER_BYTES + header[2 + 4]
    while len(record) < size:
        record += read(len(record), min(PIECE_BYTES, size - len(record)))[2:]
    return int.from_bytes(header[:2], "little"), record


class Controller:
    """A machine's controller, whose sensors are kept once they are known."""

    def __init__(self, path: Path, open_device: Open) -> None:
        """Take the device, and how to open it."""
        self._path = path
        self._open = open_device
        self._sensors: list[Sensor] = []
        self._record_failures: dict[str, str] = {}

    def read(self) -> tuple[list[Sample], dict[str, str]]:
        """Return what the controller tells now, and what of it could not be read or understood; raise OSError.

        Raises ValueError when it gives no records.
        """
        samples: list[Sample] = []
        with self._open(self._path) as device:
            if not self._sensors:
                self._learn(device)
            failures = dict(self._record_failures)
            for sensor in self._sensors:
                try:
                    reading = parse_reading(sensor, ask(device, SENSOR, GET_READING, bytes([sensor.number])))
                    samples += families.describe_sensor(sensor, reading)
                except NotHereError:
                    continue
                except ValueError as error:
                    failures[sensor.name or f"sensor {sensor.number}"] = str(error)
            for place, read in (("chassis", _read_chassis), ("power", _read_power)):
                try:
                    samples += read(device)
                except NotHereError:
                    continue
                except UNREADABLE as error:
                    if isinstance(error, OSError):
                        raise
                    failures[place] = str(error)
        return samples, failures

    def _learn(self, device: Device) -> None:
        sensors: list[Sensor] = []
        self._record_failures = {}
        for record in read_records(device):
            try:
                sensor = parse_record(record)
            except UNREADABLE as error:
                self._record_failures[f"record {record[:2].hex()}"] = str(error)
            else:
                sensors += [sensor] if sensor is not None else []
        self._sensors = sensors


def _read_chassis(device: Device) -> list[Sample]:
    return families.describe_chassis(ask(device, CHASSIS, GET_CHASSIS_STATUS))


def _read_power(device: Device) -> list[Sample]:
    return families.describe_power(ask(device, GROUP, GET_POWER, bytes([DCMI, 1, 0, 0])))
