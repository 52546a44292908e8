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


def read_records(device: Device, failures: dict[str, str]) -> Iterator[bytes]:
    """Yield the sensor data records; one that can't be read whole is added to `failures`.

    What follows a record is told with its header: without that the rest can't be found. Raises ValueError when there
    is not even the first, or others reserve the records again and again; OSError.
    """
    number, reserving, known = 0, _Reserving(device), set[int]()
    while len(known) < MOST_RECORDS:
        try:
            following, header = reserving.read_header(number)
        except ValueError as error:
            if not known:
                raise
            failures[f"record {number}"] = f"{error}; those after it can't be found"
            return
        known |= {number, int.from_bytes(header[:2], "little")}  # the first is asked for as 0
        try:
            yield reserving.read_rest(number, header)
        except ReservationLostError:
            raise
        except ValueError as error:
            failures[f"record {number}"] = str(error)
        if following == LAST_RECORD:
            return
        if following in known:
            failures[f"record {number}"] = f"expected a record that is new after it, got {following} again"
            return
        number = following


class _Reserving:
    """Reads records in pieces under a reservation, which is made anew when somebody else takes it."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._reservation = b""
        self._reserved = 0

    def read_header(self, number: int) -> tuple[int, bytes]:
        """Return the number of the record that follows, and this one's header; raise ValueError, OSError."""
        answer = self._read(number, 0, HEADER_BYTES)
        return int.from_bytes(answer[:2], "little"), answer[2:]

    def read_rest(self, number: int, header: bytes) -> bytes:
        """Return the whole record; raise ValueError, OSError."""
        record, size = header, HEADER_BYTES + header[4]
        while len(record) < size:
            record += self._read(number, len(record), min(PIECE_BYTES, size - len(record)))[2:]
        return record

    def _read(self, number: int, offset: int, size: int) -> bytes:
        while True:
            if not self._reservation:
                self._reservation = ask(self._device, STORAGE, RESERVE)[:2]
                self._reserved += 1
            request = self._reservation + number.to_bytes(2, "little") + bytes([offset, size])
            try:
                answer = ask(self._device, STORAGE, GET_RECORD, request)
            except ReservationLostError:
                self._reservation = b""
                if self._reserved >= MOST_RESERVATIONS:
                    raise
                continue
            if len(answer) != 2 + size:
                raise ValueError(f"record {number}: expected {size} bytes at {offset}, got {len(answer) - 2}")
            return answer


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
        sensors: dict[int, Sensor] = {}
        failures: dict[str, str] = {}
        for record in read_records(device, failures):
            try:
                sensor = parse_record(record)
                if sensor is not None and sensors.setdefault(sensor.record, sensor) is not sensor:
                    raise ValueError("expected each record once")
            except UNREADABLE as error:
                failures[f"record {record[:2].hex()}"] = str(error)
        self._sensors, self._record_failures = list(sensors.values()), failures


def _read_chassis(device: Device) -> list[Sample]:
    return families.describe_chassis(ask(device, CHASSIS, GET_CHASSIS_STATUS))


def _read_power(device: Device) -> list[Sample]:
    return families.describe_power(ask(device, GROUP, GET_POWER, bytes([DCMI, 1, 0, 0])))
