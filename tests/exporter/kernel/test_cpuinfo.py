import pytest

from exporter.base.supplies import Supplies
from exporter.collectors.cpu import Cpu, CpuOptions
from exporter.kernel.cpuinfo import describe, frequencies, parse
from exporter.kernel.name_filter import Filter

X86 = """processor\t: 3
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 142
model name\t: A CPU @ 1.90GHz: fast
stepping\t: 10
microcode\t: 0xb4
cpu MHz\t\t: 799.998
cache size\t: 8192 KB
physical id\t: 1
core id\t\t: 2
flags\t\t: aes avx avx2 aes
bugs\t\t: mds spectre_v1
power management:

"""
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\nCPU part\t: 0xd0c\n\n"


def test_fields_become_the_labels_of_node_cpu_info():
    (cpu,) = parse(X86)
    assert cpu.labels == (
        "1", "2", "3", "GenuineIntel", "6", "142", "A CPU @ 1.90GHz: fast", "0xb4", "10", "8192 KB",
    )  # fmt: skip
    assert [(sample.value, sample.labels) for sample in frequencies([cpu])] == [(799998000, ("1", "2", "3"))]


def test_an_arm_cpu_has_features_and_no_frequency():
    first, second = parse(ARM + ARM.replace("0", "1", 1))
    assert first.flags == ("fp", "asimd")
    assert first.labels[2] == "0"
    assert second.labels[2] == "1"
    assert list(frequencies([first, second])) == []


def test_only_flags_and_bugs_that_are_asked_for_are_told_each_once():
    cpus = parse(X86)
    values = [sample.labels[0] for sample in describe(cpus, Filter(include="^a"), None) if len(sample.labels) == 1]
    assert values == ["aes", "avx", "avx2"]
    values = [sample.labels[0] for sample in describe(cpus, None, Filter(include="^mds$")) if len(sample.labels) == 1]
    assert values == ["mds"]


@pytest.mark.parametrize("text", ["", "no cpu\n", "processor: x\n", X86.replace("799.998", "fast")])
def test_another_file_fails(text):
    with pytest.raises(ValueError, match=r"expected processors|invalid literal|could not convert"):
        parse(text)


STAT = "cpu  1 2 3 4\ncpu0 1 2 3 4 5 6 7 8 9 10\n"


def test_infos_are_read_only_when_asked_for(tree):
    supplies = Supplies(tree({"proc/stat": STAT, "proc/cpuinfo": X86}))
    assert b"node_cpu_info" not in supplies.make(Cpu).page()
    assert b"node_cpu_info" in supplies.make(Cpu, CpuOptions(info=True)).page()
    page = supplies.make(Cpu, CpuOptions(info_bugs_include="mds")).page()
    assert b'node_cpu_bug_info{bug="mds"} 1' in page
    assert b"node_cpu_frequency_hertz" in page


def test_frequencies_are_left_to_cpufreq_where_the_kernel_has_it(tree):
    current = "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_cur_freq"
    supplies = Supplies(tree({"proc/stat": STAT, "proc/cpuinfo": X86, current: "800000\n"}))
    assert b"node_cpu_frequency_hertz" not in supplies.make(Cpu, CpuOptions(info=True)).page()
