"""The bill of materials: CycloneDX's schema accepts it, and it has all that the lock has."""

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.structure.test_dependencies import AGENT, SERVER, normal
from tests.test_structure import ROOT


@pytest.mark.parametrize(("distribution", "needed"), [("vigie-agent", AGENT), ("vigie-monitoring", SERVER)])
def test_the_bill_is_valid_and_has_every_dependency_with_version_licence_and_digests(tools, distribution, needed):
    bill = tools("bill_of_materials").bill(distribution, "0.2.0")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None
    components = {normal(component["name"]): component for component in bill["components"]}
    assert needed - set(components) == set()
    for component in components.values():
        assert component["licenses"][0]["expression"] != "unknown"
        assert component["externalReferences"][0]["hashes"]


def test_every_licence_that_is_shipped_was_looked_at(tools, capsys):
    tools("bill_of_materials").main()
    assert "structlog" in capsys.readouterr().out


def test_a_licence_that_nobody_looked_at_is_named(tools, monkeypatch):
    module = tools("bill_of_materials")
    monkeypatch.setattr(module, "ACCEPTED", module.ACCEPTED - {"MPL-2.0"})
    with pytest.raises(SystemExit, match="certifi"):
        module.main()


def test_the_locks_have_the_versions_of_the_constraints():
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    pinned = {normal(name): version for name, version in pinned.items()}
    for lock in ("agent", "server", "dev", "nvidia"):
        for line in (ROOT / "tools" / "locks" / f"{lock}.txt").read_text().splitlines():
            if "==" in line and not line.startswith(" "):
                name, version = line.split()[0].split("==")
                assert pinned.get(normal(name), version) == version, f"{lock}: {name}: run `make locks`"
