"""Hosts that are not there: a real exporter's page for each, on a loopback address of its own, moving at each scrape.

    python tests/bench/simulated.py PAGE HOSTS PORT

Every sample of the page that is neither 0 nor 1 moves: counters rise, gauges walk; more than a real host's do.
"""

import asyncio
import random
import re
import sys
import time
import zlib
from pathlib import Path

SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)((?:\{.*\})?) (\S+)")
LATER = ("node_zoneinfo_", "node_slabinfo_", "node_interrupts_", "node_softirqs_")  # what only fills up a page
# Copied as they are: a host that boots or changes its clock is another benchmark.
STILL = re.compile(r".*(_time_seconds|_timestamp_seconds|_info|_limit.*|_max.*)")


def address(number):
    """Return the loopback address of a host, 250 in each /24."""
    return f"127.0.{number // 250 + 10}.{number % 250 + 1}"


def trimmed(page, series):
    """Return the page with so many samples at most, those that a host without extras has first."""
    blocks = re.split(r"(?m)^(?=# HELP )", page)
    blocks.sort(key=lambda block: LATER[0] in block or block.startswith(tuple(f"# HELP {name}" for name in LATER)))
    kept, left = [], series
    for block in blocks:
        lines = block.splitlines()
        samples = [line for line in lines if not line.startswith("#")][:left]
        left -= len(samples)
        if samples:
            kept += [line for line in lines if line.startswith("#")] + samples
    return "\n".join(kept) + "\n"


class Host:
    """One page; `render` moves and prints it."""

    def __init__(self, page, seed):
        self._chance, self._parts, self._moving = random.Random(seed), [], []
        kinds = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)", page))
        for line in page.splitlines():
            match = SAMPLE.fullmatch(line)
            if not match:
                self._parts.append(line + "\n")
                continue
            name, labels, value = match.groups()
            self._parts.append(f"{name}{labels} {value}\n")
            if name == "node_time_seconds":
                self._clock = len(self._parts) - 1
            elif value not in {"0", "1"} and not STILL.fullmatch(name):
                decimals = len(value.partition(".")[2]) if "e" not in value else 0
                self._moving.append(
                    [len(self._parts) - 1, f"{name}{labels} ", float(value), kinds.get(name), min(decimals, 6)]
                )

    def render(self):
        """Return the page as it is now, compressed as scrapes ask for it."""
        chance = self._chance.random
        for sample in self._moving:
            index, prefix, value, kind, decimals = sample
            sample[2] = value = (
                value + chance() * (1 + value * 1e-5) if kind == "counter" else value * (0.995 + chance() / 100)
            )
            self._parts[index] = f"{prefix}{value:.{decimals}f}\n"
        self._parts[self._clock] = f"node_time_seconds {time.time():.6f}\n"
        body = "".join(self._parts).encode()
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        return packer.compress(body) + packer.flush()


async def serve(host, reader, writer):
    """Answer every request of one connection with the page."""
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            body = host.render()
            head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Encoding: gzip\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(page, hosts, port):
    for number in range(hosts):
        host = Host(page, number)

        async def answer(reader, writer, host=host):
            await serve(host, reader, writer)

        await asyncio.start_server(answer, address(number), port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).read_text(), int(sys.argv[2]), int(sys.argv[3])))
