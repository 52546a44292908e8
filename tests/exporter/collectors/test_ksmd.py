import pytest

from exporter.base.collector import NotApplicableError
from exporter.collectors.ksmd import Ksmd


def test_a_kernel_without_ksm_is_not_applicable(tree):
    with pytest.raises(NotApplicableError, match="ksm"):
        list(Ksmd(tree({})).collect())


def test_profit_can_be_a_loss_and_milliseconds_become_seconds(tree):
    folder = "sys/kernel/mm/ksm/"
    roots = tree({folder + "general_profit": "-4096\n", folder + "sleep_millisecs": "250\n"})
    assert [(sample.family.name, sample.value) for sample in Ksmd(roots).collect()] == [
        ("node_ksmd_general_profit_bytes", -4096),
        ("node_ksmd_sleep_seconds", 0.25),
    ]
