import re

import msgspec

from exporter.container_families.families import CPU_USAGE, LAST_SEEN
from exporter.container_families.table import Part, Table
from exporter.containers.labels import INCLUDE, base_labels
from exporter.docker.container import Inspected, understand


def test_families_come_together_whatever_the_containers_order():
    first = Part('id="/a"', ((LAST_SEEN, ""), (CPU_USAGE, ',cpu="total"')))
    two = Part('id="/b%"', ((CPU_USAGE, ',cpu="total"'), (LAST_SEEN, "")))
    table = Table()
    page = table.render([first, two], [1, 2.5, 3, 4], b"rest 100%\n").decode()
    assert [line for line in page.splitlines() if not line.startswith("#")] == [
        'container_last_seen{id="/a"} 1',
        'container_last_seen{id="/b%"} 4',
        'container_cpu_usage_seconds_total{id="/a",cpu="total"} 2.500000000',
        'container_cpu_usage_seconds_total{id="/b%",cpu="total"} 3.000000000',
        "rest 100%",
    ]
    assert page.count("# TYPE container_last_seen gauge\n") == 1
    assert table.render([first], [7, 8], b"").count(b"\n") == 6
    assert table.render([], [], b"rest\n") == b"rest\n"


def labels(**parts):
    first = understand(Inspected(Id="ab", Name="/web"))

    return base_labels(msgspec.structs.replace(first, **parts), "/docker/ab", lambda name: name != "hidden")


def test_labels_that_collide_are_given_once():
    assert labels(labels={"a.b": "1", "a_b": "2", "hidden": "x", "empty": ""}) == (
        'id="/docker/ab",name="web",container_label_a_b="1"'
    )


def test_a_team_is_a_label_of_its_own():
    assert 'team="core"' in labels(labels={"team": "other", "vigie.label.team": "core"})


def test_variables_are_lower_case_and_long_values_are_cut():
    text = labels(environment={"REGION": "x" * 1000})
    assert f'container_env_region="{"x" * 512}"' in text


def test_the_default_keeps_the_names_of_services_and_no_other():
    kept = ("com.docker.compose.service", "com.docker.compose.project", "com.docker.swarm.service.name",
            "com.docker.swarm.task.name", "com.docker.stack.namespace")  # fmt: skip
    assert all(re.search(INCLUDE, name) for name in kept)
    dropped = (
        "com.docker.compose.config-hash",
        "org.opencontainers.image.revision",
        "secret",
        "com.docker.swarm.task.id",
    )
    assert not any(re.search(INCLUDE, name) for name in dropped)
