"""What can go wrong with a stack of pairs, one function each; each tells what was seen, as a row of a table."""

import shutil
import time

import requests

INTERVAL_SECONDS = 5
REGISTERED_AGAIN_SECONDS = 60


def tell(sentence):
    print(sentence)  # noqa: T201 - what was seen is a row of a table


def killed(pairs, name):
    """Kill one process: whoever scrapes goes on; a Prometheus that was killed itself has one gap."""
    since = time.time() - INTERVAL_SECONDS
    away_seconds = pairs.kill(name)
    pairs.recovers()
    gaps = pairs.all_gaps(since)
    tell(f"{name} killed: another one after {away_seconds:.1f} s; gaps in s: {gaps}")
    assert len(gaps.pop(name, [])) <= 1
    assert not any(gaps.values()), "the others, and the store, have none"


def prometheus_frozen(pairs, seconds):
    """Freeze one: its twin and the store miss nothing, and it goes on where it is once it runs again."""
    since = time.time() - INTERVAL_SECONDS
    pairs.freeze("prometheus")
    time.sleep(seconds)
    gaps = {name: pairs.gaps(name, since) for name in ("prometheus-2", "victoria-metrics")}
    pairs.thaw("prometheus")
    pairs.recovers()
    tell(f"prometheus frozen for {seconds} s; gaps in s: {gaps}; then it scrapes again")
    assert not any(gaps.values())


def alertmanager_killed(pairs, times):
    """Kill one in mid-incident, before it notifies (5 s after the first alert): the alert is told all the same."""
    for number in range(times):
        victim = pairs.layout.members("alertmanager")[number % 2]
        application = number % 5
        instance = pairs.instance(application)
        before = pairs.told(instance)
        pairs.fleet.kill(application)
        pairs.wait_until(lambda instance=instance: pairs.alerting(instance), what="the alert")
        pairs.kill(victim)
        pairs.wait_until(lambda before=before, instance=instance: pairs.told(instance) > before, what="the message")
        pairs.fleet.revive(application)
        pairs.recovers()
        told = pairs.told(instance) - before
        tell(f"{victim} killed in an incident: told {told} time(s)")
        assert told <= 2, "one more for the kill at most"


def discoveries_frozen(pairs, seconds):
    """Without any discovery scraping goes on, with the targets of before."""
    since = time.time() - INTERVAL_SECONDS
    for name in pairs.layout.members("discovery"):
        pairs.freeze(name)
    time.sleep(seconds)
    gaps = pairs.all_gaps(since)
    tell(f"both discoveries away for {seconds} s: gaps in s: {gaps}")
    for name in pairs.layout.members("discovery"):
        pairs.thaw(name)
    pairs.recovers()
    assert not any(gaps.values())


def consul_lost(pairs, seconds):
    """All of Consul is gone, and comes back knowing nothing: this machine is registered again by itself."""
    since = time.time() - INTERVAL_SECONDS
    consuls = pairs.layout.members("consul")
    for name in consuls:
        pairs.freeze(name)
    time.sleep(seconds)
    for name in consuls:
        shutil.rmtree(pairs.layout.folder / name / "data-of-3")
    for name in consuls:
        pairs.kill(name)
    leader = pairs.layout.url(pairs.leader())
    began = time.monotonic()

    def registered():
        answer = requests.get(f"{leader}/v1/catalog/service/vigie-exporter", timeout=5)
        return answer.ok and answer.json()

    pairs.wait_until(registered, REGISTERED_AGAIN_SECONDS, "the exporter's registration")
    waited_seconds = time.monotonic() - began
    pairs.recovers()
    gaps = pairs.all_gaps(since)
    tell(
        f"Consul away for {seconds} s, then empty: registered {waited_seconds:.0f} s after a leader; gaps in s: {gaps}"
    )
    assert not any(gaps.values())
