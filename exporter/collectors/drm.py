"""node_drm_*: how busy AMD's graphics cards are and how full their memory is, from /sys/class/drm."""

from collections.abc import Iterable, Iterator

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.gpus.amd_cards import CARD, is_amdgpu
from exporter.kernel.devices import Device, Devices
from exporter.kernel.files import read_text_or
from exporter.parsing.items import item
from exporter.parsing.numbers import natural

INFO = Family(
    "node_drm_card_info",
    "gauge",
    "Card information",
    ("card", "memory_vendor", "power_performance_level", "unique_id", "vendor"),
)


def _gauge(name: str, help_text: str) -> Family:
    return Family(f"node_drm_{name}", "gauge", help_text, ("card",))


TABLE = "the graphics translation table (GTT) block in bytes."
# The driver amdgpu's files (Documentation/gpu/amdgpu); a card has not all of them.
FILES = {
    "gpu_busy_percent": _gauge("gpu_busy_percent", "How busy the GPU is as a percentage."),
    "mem_info_gtt_total": _gauge("memory_gtt_size_bytes", f"The size of {TABLE}"),
    "mem_info_gtt_used": _gauge("memory_gtt_used_bytes", f"The used amount of {TABLE}"),
    "mem_info_vis_vram_total": _gauge("memory_vis_vram_size_bytes", "The size of visible VRAM in bytes."),
    "mem_info_vis_vram_used": _gauge("memory_vis_vram_used_bytes", "The used amount of visible VRAM in bytes."),
    "mem_info_vram_total": _gauge("memory_vram_size_bytes", "The size of VRAM in bytes."),
    "mem_info_vram_used": _gauge("memory_vram_used_bytes", "The used amount of VRAM in bytes."),
}


class Drm(Collector):
    """Exposes the cards that the driver amdgpu runs."""

    enabled_by_default = False

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._devices = Devices(roots.sys / "class" / "drm", CARD.fullmatch)

    def collect(self) -> Iterable[Sample]:
        """Yield the gauges; raise NotApplicableError without such a card."""
        cards = [card for card in self._devices.find() if is_amdgpu(card)]
        if not cards:
            raise NotApplicableError("/sys/class/drm has no card of the driver amdgpu")
        for card in cards:
            yield from read_card(card)


def read_card(card: Device) -> Iterator[Sample]:
    """Yield the samples of one card; a gauge that it has not, or can't read while it sleeps, is left out."""
    folder = card.path / "device"
    vendor, level = (
        read_text_or(folder / name) for name in ("mem_info_vram_vendor", "power_dpm_force_performance_level")
    )
    yield Sample(INFO, 1, (card.name, vendor, level, card.fixed("device/unique_id"), "amd"))
    for name, family in FILES.items():
        if text := read_text_or(folder / name):
            with item(folder / name):
                yield Sample(family, natural(text), (card.name,))
