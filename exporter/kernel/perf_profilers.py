"""The events that node_exporter counts, by the names that its flags give them."""

from typing import NamedTuple

from exporter.exposition.text import Family
from exporter.kernel.perf_event import TYPE_CACHE, TYPE_HARDWARE, TYPE_SOFTWARE

# PERF_COUNT_HW_CACHE_*: which cache, what is done, and with what result.
L1D, L1I, LL, DTLB, ITLB, BPU = range(6)
READ, WRITE = 0, 1 << 8
HIT, MISS = 0, 1 << 16  # the kernel's word for the first is access: it counts every one


class Profiler(NamedTuple):
    """An event: what it is shown as, and how the kernel calls it."""

    family: Family
    kind: int
    config: int


def make_family(name: str, help_text: str) -> Family:
    """Return the family of an event."""
    return Family(f"node_perf_{name}", "counter", help_text, ("cpu",))


def _hardware(config: int, name: str, help_text: str) -> Profiler:
    return Profiler(make_family(f"{name}_total", f"Number of {help_text}"), TYPE_HARDWARE, config)


def _software(config: int, name: str, help_text: str) -> Profiler:
    return Profiler(make_family(f"{name}_total", f"Number of {help_text}"), TYPE_SOFTWARE, config)


def _cache(config: int, name: str, help_text: str) -> Profiler:
    return Profiler(make_family(f"cache_{name}_total", f"Number {help_text}"), TYPE_CACHE, config)


HARDWARE = {
    "CpuCycles": _hardware(0, "cpucycles", "CPU cycles (frequency scaled)"),
    "CpuInstr": _hardware(1, "instructions", "CPU instructions"),
    "CacheRef": _hardware(2, "cache_refs", "cache references (non frequency scaled)"),
    "CacheMisses": _hardware(3, "cache_misses", "cache misses"),
    "BranchInstr": _hardware(4, "branch_instructions", "CPU branch instructions"),
    "BranchMisses": _hardware(5, "branch_misses", "CPU branch misses"),
    "StalledCyclesFrontend": _hardware(7, "stalled_cycles_frontend", "stalled frontend CPU cycles"),
    "StalledCyclesBackend": _hardware(8, "stalled_cycles_backend", "stalled backend CPU cycles"),
    "RefCpuCycles": _hardware(9, "ref_cpucycles", "CPU cycles"),
}
SOFTWARE = {
    "PageFault": _software(2, "page_faults", "page faults"),
    "ContextSwitch": _software(3, "context_switches", "context switches"),
    "CpuMigration": _software(4, "cpu_migrations", "CPU process migrations"),
    "MinorFault": _software(5, "minor_faults", "minor page faults"),
    "MajorFault": _software(6, "major_faults", "major page faults"),
}
CACHE = {
    "L1DataReadHit": _cache(L1D | READ | HIT, "l1d_read_hits", "L1 data cache read hits"),
    "L1DataReadMiss": _cache(L1D | READ | MISS, "l1d_read_misses", "L1 data cache read misses"),
    "L1DataWriteHit": _cache(L1D | WRITE | HIT, "l1d_write_hits", "L1 data cache write hits"),
    "L1InstrReadMiss": _cache(L1I | READ | MISS, "l1_instr_read_misses", "instruction L1 instruction read misses"),
    "LLReadHit": _cache(LL | READ | HIT, "ll_read_hits", "last level read hits"),
    "LLReadMiss": _cache(LL | READ | MISS, "ll_read_misses", "last level read misses"),
    "LLWriteHit": _cache(LL | WRITE | HIT, "ll_write_hits", "last level write hits"),
    "LLWriteMiss": _cache(LL | WRITE | MISS, "ll_write_misses", "last level write misses"),
    "InstrTLBReadHit": _cache(ITLB | READ | HIT, "tlb_instr_read_hits", "instruction TLB read hits"),
    "InstrTLBReadMiss": _cache(ITLB | READ | MISS, "tlb_instr_read_misses", "instruction TLB read misses"),
    "DataTLBReadHit": _cache(DTLB | READ | HIT, "tlb_data_read_hits", "of data TLB read hits"),
    "DataTLBReadMiss": _cache(DTLB | READ | MISS, "tlb_data_read_misses", "of data TLB read misses"),
    "DataTLBWriteHit": _cache(DTLB | WRITE | HIT, "tlb_data_write_hits", "of data TLB write hits"),
    "DataTLBWriteMiss": _cache(DTLB | WRITE | MISS, "tlb_data_write_misses", "of data TLB write misses"),
    "BPUReadHit": _cache(BPU | READ | HIT, "bpu_read_hits", "BPU read hits"),
    "BPUReadMiss": _cache(BPU | READ | MISS, "bpu_read_misses", "BPU read misses"),
}
