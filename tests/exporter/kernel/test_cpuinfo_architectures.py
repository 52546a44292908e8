"""/proc/cpuinfo of other architectures, in their kernels' own words."""

import pytest

from exporter.kernel.cpuinfo import parse

S390 = """vendor_id       : IBM/S390
# processors    : 2
bogomips per cpu: 3033.00
features	: esan3 zarch stfle
cache0          : level=1 type=Data scope=Private size=128K line_size=256 associativity=8
processor 0: version = FF,  identification = 2733E8,  machine = 2964
processor 1: version = FF,  identification = 2733E8,  machine = 2964

cpu number      : 0
physical id     : 2
core id         : 0
cpu MHz dynamic : 5000
cpu MHz static  : 5000

cpu number      : 1
physical id     : 2
core id         : 1
cpu MHz dynamic : 5000
"""
ARM = """Processor	: ARMv7 Processor rev 5 (v7l)
processor	: 0
BogoMIPS	: 2400.00

processor	: 1
BogoMIPS	: 2400.00

Features	: swp half thumb
CPU implementer	: 0x41
"""
PPC = """processor	: 0
cpu		: POWER8 (raw), altivec supported
clock		: 3690.000000MHz
revision	: 2.0 (pvr 004d 0200)

timebase	: 512000000
platform	: PowerNV
"""
RISCV = """processor	: 0
hart		: 1
isa		: rv64imafdc
mmu		: sv39
"""
LOONGARCH = """system type		: generic-loongson-machine
processor		: 0
package			: 0
core			: 0
CPU Family		: Loongson-64bit
Model Name		: Loongson-3A5000-HV
CPU MHz			: 2500.00
"""


@pytest.mark.parametrize(
    ("text", "labels", "mhz", "flags"),
    [
        (S390, ("2", "1", "1", "IBM/S390", "", "", "", "", "", ""), 5000, ("esan3", "zarch", "stfle")),
        (ARM, ("", "", "1", "", "", "", "ARMv7 Processor rev 5 (v7l)", "", "", ""), None, ("swp", "half", "thumb")),
        (PPC, ("", "", "0", "POWER8 (raw), altivec supported", "", "", "", "", "", ""), 3690, ()),
        (RISCV, ("", "1", "0", "", "", "", "rv64imafdc", "", "", ""), None, ()),
        (
            LOONGARCH,
            ("", "", "0", "generic-loongson-machine", "Loongson-64bit", "", "Loongson-3A5000-HV", "", "", ""),
            2500,
            (),
        ),
    ],
)
def test_each_fills_the_labels_that_it_can(text, labels, mhz, flags, skipped):
    cpu = parse(text)[-1]
    assert cpu.labels == labels
    assert (cpu.mhz, cpu.flags) == (mhz, flags)
    assert skipped.count == 0
