"""The collector ntp against the real node_exporter, both asking one server."""

import socket
import struct
import threading
import time
import urllib.request

import pytest

from exporter.base.supplies import Supplies
from exporter.collectors.ntp import Ntp, NtpOptions
from vigie.stack.servers import find

pytestmark = pytest.mark.integration
EPOCH_1970 = 2208988800


def answer(request, reference):
    """Return what a server of stratum 3 with a leap second ahead answers; `reference` is when it was last set."""
    now = time.time()
    head, stratum, poll, precision, delay, dispersion = 1 << 6 | 4 << 3 | 4, 3, 6, -20, 655, 1310
    return (
        struct.pack(">BBbbIII", head, stratum, poll, precision, delay, dispersion, 0)
        + timestamp(reference)
        + request[40:48]
        + timestamp(now)
        + timestamp(now)
    )


def timestamp(unix):
    return int((unix + EPOCH_1970) * 2**32).to_bytes(8, "big")


@pytest.fixture
def ntp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        reference = int(time.time()) - 60

        def serve():
            while data := server.recvfrom(1024):
                if len(data[0]) < 48:
                    return
                server.sendto(answer(data[0], reference), data[1])

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.sendto(b"end", server.getsockname())
        thread.join()


def values(page):
    rows = (line.split(" ") for line in page.splitlines() if line.startswith("node_ntp_"))
    return {name: float(value) for name, value in rows}


def test_values_are_the_same(ntp_port, start_program):
    peer = start_program(
        [
            find("node_exporter").path,
            "--web.listen-address=127.0.0.1:{port}",
            "--collector.disable-defaults",
            "--collector.ntp",
            f"--collector.ntp.server-port={ntp_port}",
        ],
        "/metrics",
    )
    with urllib.request.urlopen(peer.url + "/metrics", timeout=10) as page:
        theirs = values(page.read().decode())
    ours = values(Supplies().make(Ntp, NtpOptions(server_port=ntp_port)).page().decode())
    assert len(theirs) == 8
    for name in ("node_ntp_rtt_seconds", "node_ntp_offset_seconds"):  # of two questions
        assert ours.pop(name) == pytest.approx(theirs.pop(name), abs=0.2)
    assert ours == pytest.approx(theirs, rel=1e-6)
    assert ours["node_ntp_sanity"] == 1
