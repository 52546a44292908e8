"""Runbooks on what is silent begin with the doctor, and speak of steps that it has."""

import re

import pytest

from vigie.core.builtin import builtin
from vigie.doctor.step_registry import find_steps

FIRST_LOOK = re.compile(r"^1\. (?:.*\n   )*?.*`vigie doctor (?:HOST|--all)`", re.MULTILINE)
SILENT = ("HostDown", "TargetDown", "ConsulRegisteredTargetDown", "ConsulRegisteredTargetNotScraped", "JobMostlyDown")
STEP = re.compile(r"(?:[Bb]roken at|; at) \*([^*]+)\*")


def runbook(alert):
    return builtin("alerting", "runbooks", f"{alert}.md").read_text()


@pytest.mark.parametrize("alert", SILENT)
def test_the_first_look_is_the_doctors(alert):
    assert FIRST_LOOK.search(runbook(alert))


def test_steps_that_runbooks_name_are_the_doctors():
    named = {step for alert in SILENT for step in STEP.findall(runbook(alert))}
    assert named == {"the exporter answers", "scraped", "loaded by Prometheus"}
    assert named <= {step.title for step in find_steps()}
