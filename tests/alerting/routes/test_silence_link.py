"""The link *Silence* of a message, made by amtool as Alertmanager makes it, and read as its own page reads it."""

import json
import subprocess
from urllib.parse import unquote

import pytest

from alerting.routes.render import template
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
LABELS = {
    "alertname": "FilesystemUnreachable",
    "device_error": "input/output error",
    "note": 'a"b\\c',
    "path": "a+b&c d",
}
DATA = {
    "receiver": "ops",
    "status": "firing",
    "externalURL": "http://am:9093",
    "groupLabels": {},
    "commonLabels": LABELS,
    "commonAnnotations": {},
    "alerts": [{"status": "firing", "labels": LABELS, "annotations": {}, "startsAt": "2026-11-28T00:00:00Z"}],
}


def test_the_link_says_the_values_as_they_are(tmp_path):
    (tmp_path / "vigie.tmpl").write_text(template("http://g"))
    (tmp_path / "data.json").write_text(json.dumps(DATA))
    command = [str(find("amtool").path), "template", "render", f"--template.glob={tmp_path}/vigie.tmpl"]
    command += ['--template.text={{ template "vigie.silence" . }}', f"--template.data={tmp_path}/data.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    address, _, filtered = done.stdout.strip().partition("?filter=")
    assert address == "http://am:9093/#/silences/new"
    assert "+" not in filtered  # the page takes it for a plus, and not for a space
    assert unquote(filtered) == (
        r'{alertname="FilesystemUnreachable",device_error="input/output error",note="a\"b\\c",path="a+b&c d"}'
    )
