"""A site folder with rule files as others write them."""

import pytest

NODE = """\
# Kept: the authors' own words.
groups:
- name: node
  rules:
  - record: team:up:count
    expr: count by (team) (up)
  - alert: Few
    expr: team:up:count < 3
    for: 5m
"""
OPERATOR = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: node}
spec:
  groups:
  - name: node
    partial_response_strategy: abort
    interval: 15s
    rules:
    - {alert: FileSystemFull, expr: node_filesystem_avail_bytes < 10, labels: {severity: critical}}
    - {alert: FileSystemFull, expr: node_filesystem_avail_bytes < 20, labels: {severity: warning}}
    - {alert: ByQuery, expr: up == 0, annotations: {summary: '{{ query "up" | first | value }}'}}
"""


@pytest.fixture
def site(tmp_path):
    """Return `site(texts)`: the folder with these files, by name, in rules/foreign."""

    def site(texts):
        for name, text in texts.items():
            path = tmp_path / "site" / "rules" / "foreign" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "site"

    return site
