"""DCGM_FI_DEV_*: load, memory, heat, power and errors of NVIDIA GPUs, from NVML under the names of DCGM's exporter."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from exporter.base.calls import Identity, NvidiaLibrary
from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Sample
from exporter.gpus.nvml_fields import FIELDS, XID
from exporter.kernel.nvml import NotFoundError
from exporter.parsing.items import UNREADABLE, skip

MOST_EVENTS = 100  # of one scrape; those after them are seen by the next


class Nvidia(Collector):
    """Exposes each GPU; what one GPU, or one question to it, refuses is left out alone."""

    def __init__(self, roots: Roots, library: NvidiaLibrary, identity: Identity, options: object = None) -> None:
        super().__init__(roots, options)
        self._driver = roots.proc / "driver" / "nvidia" / "version"
        self._library = library
        self._identity = identity
        self._nvml: Any = None
        self._events: Any = None
        self._watched: set[str] = set()
        self._last_xid: dict[str, int] = {}

    def collect(self) -> Iterable[Sample]:
        """Yield what the GPUs tell; raise NotApplicableError without NVIDIA's driver, OSError when NVML fails."""
        nvml = self._load()
        try:
            count = nvml.nvmlDeviceGetCount()
            version = _text(nvml.nvmlSystemGetDriverVersion())
            handles = [self._identify(nvml, number) for number in range(count)]
        except nvml.NVMLError as error:
            self.close()  # the driver was unloaded or replaced: begin anew
            raise OSError(f"NVML: {error}") from error
        present = [(handle, labels) for handle, labels in handles if labels]
        self._read_events(nvml)
        host = self._identity.uname().nodename
        for handle, labels in present:
            yield from self._read(nvml, handle, (*labels, host, version))

    def close(self) -> None:
        """Give NVML back."""
        nvml, self._nvml = self._nvml, None
        self._events = None
        self._watched.clear()
        if nvml is not None:
            try:
                nvml.nvmlShutdown()
            except nvml.NVMLError:
                return  # it has ended by itself

    def _load(self) -> Any:
        if not self._driver.exists():  # all that a machine without such a GPU pays
            raise NotApplicableError(f"{self._driver}: NVIDIA's driver is not loaded")
        if self._nvml is None:
            try:
                self._nvml = self._library.load()
            except NotFoundError as error:
                raise NotApplicableError(str(error)) from error
        return self._nvml

    def _identify(self, nvml: Any, number: int) -> tuple[Any, tuple[str, ...]]:
        """Return a GPU's handle and labels, () for one that has fallen off the bus; watch it for errors."""
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(number)
            uuid = _text(nvml.nvmlDeviceGetUUID(handle))
            bus = _label(nvml, uuid, lambda: nvml.nvmlDeviceGetPciInfo(handle).busId)
            device = _label(nvml, uuid, lambda: f"nvidia{nvml.nvmlDeviceGetMinorNumber(handle)}")
            labels = (str(number), uuid, bus, device, _label(nvml, uuid, lambda: nvml.nvmlDeviceGetName(handle)))
        except nvml.NVMLError as error:
            if error.value == nvml.NVML_ERROR_UNINITIALIZED:
                raise
            skip(f"GPU {number}", str(error))
            return None, ()
        self._watch(nvml, handle, uuid)
        return handle, labels

    def _watch(self, nvml: Any, handle: Any, uuid: str) -> None:
        """Have NVML keep this GPU's XID errors for us: it tells them as events alone."""
        if uuid in self._watched:
            return
        self._watched.add(uuid)
        try:
            if self._events is None:
                self._events = nvml.nvmlEventSetCreate()
            nvml.nvmlDeviceRegisterEvents(handle, nvml.nvmlEventTypeXidCriticalError, self._events)
            self._last_xid.setdefault(uuid, 0)
        except nvml.NVMLError as error:
            _skip_unless_unsupported(nvml, f"{uuid}: XID events", error)

    def _read_events(self, nvml: Any) -> None:
        if self._events is None:
            return
        for _ in range(MOST_EVENTS):
            try:
                event = nvml.nvmlEventSetWait_v2(self._events, 0)
                self._last_xid[_text(nvml.nvmlDeviceGetUUID(event.device))] = event.eventData
            except nvml.NVMLError as error:
                if error.value != nvml.NVML_ERROR_TIMEOUT:
                    skip("XID events", str(error))
                return

    def _read(self, nvml: Any, handle: Any, labels: tuple[str, ...]) -> Iterator[Sample]:
        uuid = labels[1]
        for field in FIELDS:
            place = f"{uuid}: {field.families[0].name}"
            try:
                values = field.read(nvml, handle)
            except nvml.NVMLError as error:
                _skip_unless_unsupported(nvml, place, error)
            except (AttributeError, *UNREADABLE) as error:  # a pynvml older than the question, or a text that is none
                skip(place, error)
            else:
                yield from (Sample(family, value, labels) for family, value in zip(field.families, values, strict=True))
        if uuid in self._last_xid:
            yield Sample(XID, self._last_xid[uuid], labels)


def _label(nvml: Any, uuid: str, ask: Callable[[], str | bytes]) -> str:
    """Return a label, "" where a virtual GPU does not know it; raise NVMLError when the GPU is gone."""
    try:
        return _text(ask())
    except nvml.NVMLError as error:
        if error.value not in {nvml.NVML_ERROR_NOT_SUPPORTED, nvml.NVML_ERROR_FUNCTION_NOT_FOUND}:
            raise
    except ValueError as error:
        skip(f"{uuid}: name", error)
    return ""


def _skip_unless_unsupported(nvml: Any, place: str, error: Any) -> None:
    """Count what went wrong; what a GPU does not have is no failure."""
    if error.value not in {nvml.NVML_ERROR_NOT_SUPPORTED, nvml.NVML_ERROR_FUNCTION_NOT_FOUND}:
        skip(place, str(error))


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
