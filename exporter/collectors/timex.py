"""node_timex_*: how well the clock is kept, from adjtimex(2)."""

import struct
from typing import NamedTuple

from exporter.base.calls import Clock
from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Block, Family

# struct timex of adjtimex(2), in native sizes and alignment.
TIMEX = struct.Struct("@Illllillllllllilllll i 44x".replace(" ", ""))
TIME_ERROR = 5  # what adjtimex returns while no server is followed
STA_NANO = 0x2000  # the offset and jitter are in nanoseconds, not microseconds
MICROSECONDS, NANOSECONDS = 1e6, 1e9
PPM_FRACTION = 1e6 * 65536  # frequencies are parts per million with a 16 bit fraction


class Timex(NamedTuple):
    """struct timex, field by field."""

    modes: int
    offset: int
    freq: int
    maxerror: int
    esterror: int
    status: int
    constant: int
    precision: int
    tolerance: int
    time_seconds: int
    time_fraction: int
    tick: int
    ppsfreq: int
    jitter: int
    shift: int
    stabil: int
    jitcnt: int
    calcnt: int
    errcnt: int
    stbcnt: int
    tai: int


def _family(name: str, help_text: str, kind: str = "gauge") -> Family:
    return Family(f"node_timex_{name}", "counter" if kind == "counter" else "gauge", help_text, form="%a")


FAMILIES = (
    _family("sync_status", "Is clock synchronized to a reliable server (1 = yes, 0 = no)."),
    _family("offset_seconds", "Time offset in between local system and reference clock."),
    _family("frequency_adjustment_ratio", "Local clock frequency adjustment."),
    _family("maxerror_seconds", "Maximum error in seconds."),
    _family("estimated_error_seconds", "Estimated error in seconds."),
    _family("status", "Value of the status array bits."),
    _family("loop_time_constant", "Phase-locked loop time constant."),
    _family("tick_seconds", "Seconds between clock ticks."),
    _family("pps_frequency_hertz", "Pulse per second frequency."),
    _family("pps_jitter_seconds", "Pulse per second jitter."),
    _family("pps_shift_seconds", "Pulse per second interval duration."),
    _family("pps_stability_hertz", "Pulse per second stability, average of recent frequency changes."),
    _family("pps_jitter_total", "Pulse per second count of jitter limit exceeded events.", "counter"),
    _family("pps_calibration_total", "Pulse per second count of calibration intervals.", "counter"),
    _family("pps_error_total", "Pulse per second count of calibration errors.", "counter"),
    _family("pps_stability_exceeded_total", "Pulse per second count of stability limit exceeded events.", "counter"),
    _family("tai_offset_seconds", "International Atomic Time (TAI) offset."),
)


def to_values(state: int, timex: Timex) -> tuple[float, ...]:
    """Return the families' values from what adjtimex returned and filled in."""
    unit = NANOSECONDS if timex.status & STA_NANO else MICROSECONDS
    return (
        int(state != TIME_ERROR),
        timex.offset / unit,
        1 + timex.freq / PPM_FRACTION,
        timex.maxerror / MICROSECONDS,
        timex.esterror / MICROSECONDS,
        timex.status,
        timex.constant,
        timex.tick / MICROSECONDS,
        timex.ppsfreq / PPM_FRACTION,
        timex.jitter / unit,
        timex.shift,
        timex.stabil / PPM_FRACTION,
        timex.jitcnt,
        timex.calcnt,
        timex.errcnt,
        timex.stbcnt,
        timex.tai,
    )


class TimexCollector(Collector):
    """Exposes the kernel's clock discipline."""

    def __init__(self, roots: Roots, clock: Clock, options: object = None) -> None:
        super().__init__(roots, options)
        self._clock = clock
        self._block = Block(*FAMILIES)

    def page(self) -> bytes:
        """Return the gauges and counters; raise NotApplicableError where the call is forbidden."""
        try:
            state, filled = self._clock.adjtimex()
        except PermissionError as error:
            raise NotApplicableError("adjtimex is forbidden here") from error
        return self._block.render([()], to_values(state, Timex._make(TIMEX.unpack_from(filled))))
