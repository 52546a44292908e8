"""Measures how soon a mail tells that a host has died, and how many messages thousands of alerts make.

    python tests/bench/bench_alerts.py [--runs 20] [--hosts 80] [--many 2000]

Everything real, on loopback, at the shipped intervals, by the shipped rules and routes: hosts (busybox httpd) in
Consul's catalog, discovery, Prometheus, Alertmanager, an SMTP server. Hosts die one after the other, every other one by
SIGKILL (connections are refused), the rest by SIGSTOP (connections get no answer), each an incident of its own; of 80
hosts never so many are dead that it is a mass outage. Takes 25 minutes.
"""

import argparse
import contextlib
import random
import signal
import statistics
import tempfile
import time
from pathlib import Path

from measured import wait

from alerting.routes.model import Mail, Receiver, Team
from tests.fixtures.alerting.chain import Chain, free_port, routes, rule, webhook
from tests.fixtures.alerting.flood import NAME, Flood, arrivals, most
from tests.fixtures.alerting.hook import Hook
from tests.fixtures.alerting.hosts import Host
from tests.fixtures.alerting.mailbox import Mailbox
from vigie.core.settings import parse_duration_seconds

MEDIAN_MUST, P95_MUST, DEAD_MEMBER_MORE = 25, 45, 15  # seconds over the rule's `for`
PATIENCE_SECONDS = 180  # beyond `for`
STAGGER_SECONDS = (8, 18)  # so that deaths fall on all phases of scrapes and evaluations
PAGES = 8  # processes that stand for all machines of the mass outage
FLOOD_SECONDS = 150  # over which its alerts come: two and a half intervals
WAITS_SECONDS = parse_duration_seconds(rule("HostDown")["for"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--hosts", type=int, default=80)
    parser.add_argument("--many", type=int, default=2000)
    chosen = parser.parse_args()
    print(f"HostDown waits {WAITS_SECONDS:g} s; seconds from a host's death to the mail's arrival, and over that:")
    for members in (1, 2):
        delays(chosen.runs, chosen.hosts, members)
    mass_outage(chosen.many)
    flood(Flood(hosts=chosen.many // 20, each=20))


@contextlib.contextmanager
def started(count, members=1, **told):
    """Start the chain and a mail server; yield (chain, mailbox, so many hosts that have not started)."""
    with tempfile.TemporaryDirectory() as folder, Mailbox(free_port()) as box:
        hosts = [Host(f"host-{number:03}", Path(folder) / "hosts") for number in range(count)]
        try:
            with Chain(Path(folder), routes(box.port, **told), members=members) as chain:
                yield chain, box, hosts
        finally:
            for host in hosts:
                host.close()


def delays(runs, count, members):
    """Measure the time from deaths to mails, with one of everything, or with one of each pair dead."""
    with started(count, members) as (chain, box, hosts):
        chain.register(hosts)
        wait(lambda: all(chain.up(number) == (count, 0) for number in range(members)))
        if members > 1:
            chain.prometheuses[0].stop(signal.SIGKILL)
            chain.alertmanagers[0].stop(signal.SIGKILL)
        delays = deaths(hosts[:runs], box)
    name = "one of each pair dead" if members > 1 else "one Prometheus, one Alertmanager"
    more = DEAD_MEMBER_MORE if members > 1 else 0
    print(f"{name}: {' '.join(f'{delay:.1f}' for delay in delays)}")
    over = [delay - WAITS_SECONDS for delay in delays]
    verdict(f"{name}, median over `for`, s", statistics.median(over), MEDIAN_MUST + more)
    verdict(f"{name}, p95 over `for`, s", sorted(over)[round(0.95 * (len(over) - 1))], P95_MUST + more)


def deaths(victims, box):
    """Let hosts die one after the other; return the seconds until each one's mail."""
    chance, died = random.Random(8), {}
    for number, host in enumerate(victims):
        time.sleep(chance.uniform(*STAGGER_SECONDS))
        died[host.name] = time.time()
        (host.freeze if number % 2 else host.kill)()
    deadline = time.time() + WAITS_SECONDS + PATIENCE_SECONDS
    while time.time() < deadline and not all(box.firing(name) for name in died):
        time.sleep(1)
    lost = [name for name in died if not box.firing(name)]
    twice = [name for name in died if len(box.firing(name)) > 1]
    print(f"mails lost: {', '.join(lost) or 'none'}; sent more than once: {', '.join(twice) or 'none'}")
    return [box.firing(name)[0].at - at for name, at in died.items() if name not in lost]


def mass_outage(count):
    """Let so many machines die at once, and count the mails."""
    with started(PAGES) as (chain, box, pages):
        for page in pages:
            page.start()
        for number in range(count):
            pages[number % PAGES].register(chain.consul_url, f"mass-{number:04}")
        wait(lambda: chain.up() == (count, 0))
        died = time.time()
        for page in pages:
            page.kill()
        wait(lambda: len(chain.alerts(alertname="HostDown")) == count)
        wait(lambda: box.firing("% of the job node"))
        time.sleep(90)  # every group has had its wait and its first interval
        first = box.firing("% of the job node")[0]
        told = f"first mail after {first.at - died:.1f} s: {first.subject}"
        suppressed = [alert for alert in chain.alerts(alertname="HostDown") if alert["status"]["state"] == "suppressed"]
    print(f"{count} machines die at once: {len(suppressed)} alerts held back; {told}")
    verdict(f"{count} machines die at once, mails", len(box.firing()), 1)


def flood(alerts):
    """Let alerts of many groups come over some intervals, and count the messages about each."""
    with Hook(free_port()) as hook:
        told = {"ops": Receiver(mail=Mail(to=("ops@example.com",))), "chat": webhook(hook.url)}
        with started(0, receivers=told, default=Team(critical=("ops", "chat"))) as (chain, box, _):
            began = alerts.pour(chain.alertmanagers[0].url, FLOOD_SECONDS)
            wait(
                lambda: (
                    len({alert["labels"]["name"] + alert["labels"]["host"] for alert in hook.firing(NAME)})
                    == alerts.count
                )
            )
            wait(lambda: len(box.firing(f"{alerts.each}x")) == alerts.hosts)
            times = arrivals(alerts, box, hook)
    interval_seconds = parse_duration_seconds(routes(0).grouping.interval)
    excess = max(len(each) - most(each, began, interval_seconds) for each in times.values())
    print(f"{alerts.count} alerts over {FLOOD_SECONDS} s: {len(box.mails)} mails, {len(hook.notifications)} webhooks")
    verdict(
        f"{alerts.count} alerts, messages over one for each of {alerts.hosts} groups, receiver and interval", excess, 0
    )


def verdict(name, value, must):
    print(f"  {name}: {value:.1f} (must: {must}) {'' if value <= must else 'MISSED'}", flush=True)


if __name__ == "__main__":
    main()
