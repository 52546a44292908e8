"""What the tests of checks share: a stand-in for a server that answers wrongly."""

import socket
import threading

import pytest

from exporter.base.check import Server


@pytest.fixture
def start_stand_in():
    """Return `start_stand_in(*answers, greets=False)`: a server that sends one answer to each thing that it hears.

    An answer is a list of parts. After the last one it stays silent. One that `greets` sends the first unasked.
    """
    listeners = []

    def start_stand_in(*answers, greets=False):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve():
            try:
                client, _ = listener.accept()
                with client:
                    for number, answer in enumerate(answers):
                        if number or not greets:
                            client.recv(65536)
                        for part in answer:
                            client.sendall(part)
                    while client.recv(65536):
                        pass
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        return Server(*listener.getsockname())

    yield start_stand_in
    for listener in listeners:
        listener.close()
