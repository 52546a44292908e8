"""A daemon's stand-in on a unix socket: answers as the Engine API does, and can hang, restart and be absent.

`test_real_daemon.py` holds the same client against a real one.
"""

import http.server
import json
import queue
import socketserver
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

RECORDED = Path(__file__).parent.parent.parent / "fixtures" / "docker"
ID = "{:064x}".format


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


class TcpServer(socketserver.ThreadingTCPServer):
    """A socket proxy, as far as the client sees."""

    daemon_threads = True
    allow_reuse_address = True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "client"

    def log_message(self, *_):
        pass

    def do_GET(self):
        daemon = self.server.daemon
        daemon.requests.append((self.command, self.path))
        daemon.answering.wait(30)
        path = urlsplit(self.path).path
        if path in daemon.forbidden:
            self.say(b"<html>403</html>", 403)
            return
        if path == "/version":
            self.say(daemon.version)
        elif path == "/_ping":
            self.say("OK")
        elif path.endswith("/events"):
            self.stream(daemon)
        elif path.endswith("/containers/json"):
            self.say([{"Id": container_id} for container_id in daemon.containers])
        else:
            if path.split("/")[-2] in daemon.stuck:
                daemon.stuck_until.wait(30)
            container = daemon.containers.get(path.split("/")[-2])
            self.say(
                container if container is not None else {"message": "No such container"}, 200 if container else 404
            )

    def say(self, value, status=200):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, daemon):
        channel = queue.Queue()
        daemon.channels.append(channel)  # before the answer, so that whoever has it misses nothing
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with suppress(OSError):
            while (data := channel.get()) is not None:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.close_connection = True


class DaemonStandIn:
    def __init__(self, path):
        self.path = path
        self.url = f"unix://{path}"
        self.version = {"ApiVersion": "1.41", "MinAPIVersion": "1.12"}
        self.containers = {}
        self.forbidden = set()
        self.stuck = set()
        self.stuck_until = threading.Event()
        self.requests = []
        self.channels = []
        self.answering = threading.Event()
        self.answering.set()
        self.server = None

    def start(self):
        self.server = Server(str(self.path), Handler)
        self.server.daemon = self
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        if self.server is not None:
            self.end_streams()
            self.server.shutdown()
            self.server.server_close()
            self.path.unlink()
            self.server = None

    def end_streams(self):
        for channel in self.channels:
            channel.put(None)
        self.channels.clear()

    def add(self, number, **changes):
        """Let there be a container, as the recorded one but for these parts of its inspection."""
        inspected = json.loads((RECORDED / "inspect-running.json").read_text())
        inspected |= {"Id": ID(number), "Name": f"/box-{number}"}
        for name, value in changes.items():
            inspected[name] = {**inspected[name], **value} if isinstance(value, dict) else value
        self.containers[ID(number)] = inspected

    def emit(self, action, number):
        self.emit_raw(json.dumps({"Type": "container", "Action": action, "Actor": {"ID": ID(number)}}).encode() + b"\n")

    def emit_raw(self, data):
        for channel in self.channels:
            channel.put(data)

    def asked(self, part):
        return [path for _, path in self.requests if part in path]


@pytest.fixture
def daemon(tmp_path):
    stand_in = DaemonStandIn(tmp_path / "docker.sock")
    stand_in.start()
    yield stand_in
    stand_in.answering.set()
    stand_in.stuck_until.set()
    stand_in.stop()


@pytest.fixture
def proxy(daemon):
    """Return the URL at which the stand-in answers by TCP too."""
    server = TcpServer(("127.0.0.1", 0), Handler)
    server.daemon = daemon
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"tcp://127.0.0.1:{server.server_address[1]}"
    daemon.end_streams()
    server.shutdown()
    server.server_close()
