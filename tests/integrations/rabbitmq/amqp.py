"""As much of AMQP 0-9-1 as the tests need: queues, messages, a consumer (amqp0-9-1.pdf of the specification)."""

import socket
import struct

METHOD, HEADER, BODY, END = 1, 2, 3, b"\xce"


def short_text(text):
    return bytes([len(text)]) + text.encode()


def long_text(text):
    return struct.pack(">I", len(text)) + text


class Client:
    """A connection as `guest` with one channel."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.socket.sendall(b"AMQP\x00\x00\x09\x01")
        self._wait(10, 10)  # connection.start
        response = long_text(b"\x00guest\x00guest")
        self._send(0, 10, 11, long_text(b"") + short_text("PLAIN") + response + short_text("en_US"))
        self._wait(10, 30)  # connection.tune
        self._send(0, 10, 31, struct.pack(">HIH", 100, 131072, 0))
        self._send(0, 10, 40, short_text("/") + short_text("") + b"\x00")
        self._wait(10, 41)
        self._send(1, 20, 10, short_text(""))
        self._wait(20, 11)

    def declare(self, queue):
        """Make a classic queue that does not outlive a restart."""
        self._send(1, 50, 10, b"\x00\x00" + short_text(queue) + b"\x00" + long_text(b""))
        self._wait(50, 11)

    def publish(self, key, count=1):
        """Send messages to the default exchange; without a queue of that name they can't be routed."""
        for _ in range(count):
            self._send(1, 60, 40, b"\x00\x00" + short_text("") + short_text(key) + b"\x00")
            self._frame(HEADER, 1, struct.pack(">HHQH", 60, 0, 5, 0))
            self._frame(BODY, 1, b"hello")

    def consume(self, queue):
        """Take messages, and never acknowledge them."""
        self._send(1, 60, 20, b"\x00\x00" + short_text(queue) + short_text("") + b"\x00" + long_text(b""))
        self._wait(60, 21)

    def close(self):
        self.socket.close()

    def _send(self, channel, of_class, method, arguments):
        self._frame(METHOD, channel, struct.pack(">HH", of_class, method) + arguments)

    def _frame(self, kind, channel, payload):
        self.socket.sendall(struct.pack(">BHI", kind, channel, len(payload)) + payload + END)

    def _wait(self, of_class, method):
        """Read until this method comes; what else comes is a message for a consumer."""
        while True:
            kind, _, size = struct.unpack(">BHI", self._read(7))
            payload = self._read(size + 1)
            if kind == METHOD and struct.unpack(">HH", payload[:4]) == (of_class, method):
                return

    def _read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            assert more, "RabbitMQ has closed the connection"
            data += more
        return data
