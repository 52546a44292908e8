"""node_dmi_info: the machine's make, model, firmware and serial numbers, from /sys/class/dmi/id."""

from collections.abc import Iterable
from pathlib import Path

from exporter.base.collector import Collector, NotApplicableError
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample, render
from exporter.kernel.files import list_folder, read_text_or

# The labels, and the files that they come from (drivers/firmware/dmi-id.c).
FILES = {
    "bios_date": "bios_date",
    "bios_release": "bios_release",
    "bios_vendor": "bios_vendor",
    "bios_version": "bios_version",
    "board_asset_tag": "board_asset_tag",
    "board_name": "board_name",
    "board_serial": "board_serial",
    "board_vendor": "board_vendor",
    "board_version": "board_version",
    "chassis_asset_tag": "chassis_asset_tag",
    "chassis_serial": "chassis_serial",
    "chassis_vendor": "chassis_vendor",
    "chassis_version": "chassis_version",
    "product_family": "product_family",
    "product_name": "product_name",
    "product_serial": "product_serial",
    "product_sku": "product_sku",
    "product_uuid": "product_uuid",
    "product_version": "product_version",
    "system_vendor": "sys_vendor",
}
INFO = Family(
    "node_dmi_info",
    "gauge",
    f"A metric with a constant '1' value labeled by {', '.join(FILES)} if provided by DMI.",
    tuple(FILES),
)


class Dmi(Collector):
    """Exposes what the firmware says of the machine, read once: it stands still until the next boot."""

    def __init__(self, roots: Roots, options: object = None) -> None:
        super().__init__(roots, options)
        self._text = b""

    def page(self) -> bytes:
        """Return node_dmi_info; raise NotApplicableError on a machine without DMI, as many VMs and ARM boards are."""
        if not self._text:
            self._text = render(read(self.roots.sys / "class" / "dmi" / "id"))
        return self._text


def read(folder: Path) -> Iterable[Sample]:
    """Yield the sample; what only root may read (serial numbers) is left out for others. Raise NotApplicableError."""
    if not list_folder(folder):
        raise NotApplicableError("no /sys/class/dmi/id")
    yield Sample(INFO, 1, tuple(read_text_or(folder / file) for file in FILES.values()))
