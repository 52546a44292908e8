"""What the page of integrations asks Prometheus: who is watched, how its check fares, and what else runs."""

from vigie.console.queries.containers import LAST_SEEN

ASKED = 'integration!=""'
SERVER = "dc, host, instance, integration"
WATCHED = f"max by ({SERVER}) (up{{{ASKED}}})"
STATES = f"max by ({SERVER}, state) (vigie_integration_state{{{ASKED}}}) == 1"
ALERTS = f'ALERTS{{alertstate="firing", {ASKED}}}'
JOBS = 'max by (dc, host, instance, job) (up{integration="", host!="", job!~"node|probe-.+"})'
DECLINED = 'max by (dc, instance, name) (vigie_integration_declined{job="node"}) == 1'
# SELECT is made of the manifests: a fleet has far more units than those that could be an integration's.
UNITS = 'max by (dc, instance, name) (node_systemd_unit_state{job="node", state="active", SELECT}) == 1'
QUERIES = {
    "watched": WATCHED,
    "states": STATES,
    "alerts": ALERTS,
    "jobs": JOBS,
    "declined": DECLINED,
    "images": LAST_SEEN,
    "units": UNITS,
}
# Its metrics are those of the manifests, which are checked with their folder.
VERSIONS = f"{{{ASKED}, SELECT}}"
