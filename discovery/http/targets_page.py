"""The page `/targets`: what `vigie discovery show` prints, for a browser; every outside text is escaped."""

import flask

from discovery.guard.snapshot import Snapshot
from discovery.publishing.listing import list_targets

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>vigie discovery: targets</title>
<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}
td,th{border-bottom:1px solid #ccc;padding:.2em .6em;text-align:left;vertical-align:top}
.held,.lost,.critical{color:#b00}.unread,.missing,.warning{color:#a60}</style>
{% for datacenter in datacenters %}
<p>Datacenter <b>{{ datacenter.dc or "of the agent" }}</b>:
{{ "ready" if datacenter.ready else "waiting for its first good state" }}
{%- if datacenter.frozen %}; <b class="held">frozen ({{ datacenter.frozen }}): no target is removed</b>{% endif %}</p>
{% endfor %}
<h1>{{ targets|length }} targets</h1>
<table><tr><th>job<th>instance<th>address<th>probe<th>host<th>dc<th>origin<th>health<th>status<th>labels</tr>
{% for target in targets %}
<tr><td>{{ target.job }}<td>{{ target.instance }}<td>{{ target.address or "" }}<td>{{ target.probe or "" }}
<td>{{ target.host }}<td>{{ target.dc }}<td>{{ target.service }} {{ target.id }}
<td class="{{ target.health }}">{{ target.health }}<td class="{{ target.status }}">{{ target.status }}
<td>{% for name, value in target.labels.items() %}{{ name }}="{{ value }}" {% endfor %}</tr>
{% endfor %}</table>
{% if refused %}<h1>{{ refused|length }} refused</h1>
<table><tr><th>dc<th>service<th>instance<th>why<th>detail</tr>
{% for refusal in refused %}
<tr><td>{{ refusal.dc }}<td>{{ refusal.service }}<td>{{ refusal.id }}<td>{{ refusal.why }}<td>{{ refusal.detail }}</tr>
{% endfor %}</table>{% endif %}
</html>
"""


def render_page(snapshot: Snapshot) -> str:
    """Return the page in HTML; needs an application's context."""
    return flask.render_template_string(PAGE, **list_targets(snapshot))
