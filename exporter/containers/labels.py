"""The labels that all series of a container carry."""

import re
from collections.abc import Callable

from exporter.docker.container import Container
from exporter.exposition.text import escape

# The names that compose and swarm give to services.
INCLUDE = r"^com\.docker\.(compose\.(project|service)|swarm\.(service|task)\.name|stack\.namespace)$"
TEAM = ("vigie.label.team", "team")
LONGEST = 512  # characters of a value; people put whole documents into labels
NOT_A_NAME = re.compile(r"[^a-zA-Z0-9_]")


def base_labels(container: Container, group: str, accepts: Callable[[str], bool]) -> str:
    """Return `id="…",image="…",…` without braces; `accepts` tells which of the container's labels are wanted.

    An empty label is an absent one. Of two labels that differ only in what can't stand in a name, the first by
    alphabet wins, as a page with a label twice would be refused whole.
    """
    labels = {"id": group, "image": container.image, "name": container.name}
    labels["team"] = next((container.labels[name] for name in TEAM if container.labels.get(name)), "")
    for name in sorted(container.labels):
        if accepts(name):
            labels.setdefault(f"container_label_{NOT_A_NAME.sub('_', name)}", container.labels[name])
    for name in sorted(container.environment):
        labels.setdefault(f"container_env_{NOT_A_NAME.sub('_', name.lower())}", container.environment[name])
    return ",".join(f'{name}="{escape(value[:LONGEST])}"' for name, value in labels.items() if value)
