"""The page `/targets`: what `vigie discovery show` tells, for a browser; every outside text is escaped."""

import flask

from discovery.guard.snapshot import Snapshot
from discovery.publishing.listing import facts

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>vigie discovery: targets</title>
<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}
td,th{border-bottom:1px solid #ccc;padding:.2em .6em;text-align:left;vertical-align:top}
.held,.lost,.critical{color:#b00}.unread,.missing,.warning{color:#a60}</style>
{% for site in datacenters %}
<p>Datacenter <b>{{ site.dc or "of the agent" }}</b>:
{{ "ready" if site.ready else "waiting for its first good state" }}
{%- if site.doubt %}; <b class="held">in doubt ({{ site.doubt }}): nothing shrinks</b>{% endif %}</p>
{% endfor %}
<h1>{{ targets|length }} targets</h1>
<table><tr><th>job<th>instance<th>address<th>probe<th>host<th>dc<th>origin<th>health<th>status<th>labels</tr>
{% for one in targets %}
<tr><td>{{ one.job }}<td>{{ one.instance }}<td>{{ one.address or "" }}<td>{{ one.probe or "" }}<td>{{ one.host }}
<td>{{ one.dc }}<td>{{ one.service }} {{ one.id }}<td class="{{ one.health }}">{{ one.health }}
<td class="{{ one.status }}">{{ one.status }}
<td>{% for name, value in one.labels.items() %}{{ name }}="{{ value }}" {% endfor %}</tr>
{% endfor %}</table>
{% if refused %}<h1>{{ refused|length }} refused</h1>
<table><tr><th>dc<th>service<th>instance<th>why<th>detail</tr>
{% for one in refused %}
<tr><td>{{ one.dc }}<td>{{ one.service }}<td>{{ one.id }}<td>{{ one.why }}<td>{{ one.detail }}</tr>
{% endfor %}</table>{% endif %}
</html>
"""


def listing(snapshot: Snapshot) -> str:
    """Return the page in HTML; needs an application's context."""
    return flask.render_template_string(PAGE, **facts(snapshot))
