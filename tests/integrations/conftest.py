"""What the tests of all integrations share: servers that answer wrongly, and real ones out of Debian's packages."""

import socket
import subprocess
import threading

import pytest

from exporter.base.check import Server
from tests.conftest import PORTS, is_free
from tests.fixtures.running import wait_for


@pytest.fixture
def start_stand_in():
    """Return `start_stand_in(*answers, greets=False, closes=False)`: a server that answers each thing that it hears.

    An answer is a list of parts. After the last one it stays silent, or ends the connection where it `closes`. One that
    `greets` sends the first unasked.
    """
    listeners = []

    def start_stand_in(*answers, greets=False, closes=False):
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
                    while not closes and client.recv(65536):
                        pass
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        return Server(*listener.getsockname())

    yield start_stand_in
    for listener in listeners:
        listener.close()


@pytest.fixture(scope="module")
def start_process(tmp_path_factory):
    """Return `start_process(command, folder=None)`: a process that is ended with the module; its log is in `log`."""
    processes = []

    def start_process(command, folder=None):
        folder = folder or tmp_path_factory.mktemp("process")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(word) for word in command], cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        processes.append(process)
        return process

    yield start_process
    for process in reversed(processes):
        process.terminate()  # a server ends its own children then
    for process in reversed(processes):
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def free_ports():
    """Return `free_ports()`: a loopback port that nobody listens on, a different one at each call."""
    return lambda: next(filter(is_free, PORTS))


@pytest.fixture(scope="module")
def wait_for_answer():
    """Return `wait_for_answer(ask)`: waits until a server that was started answers what it is asked."""

    def wait_for_answer(ask):
        def answers():
            try:
                return ask()
            except OSError:
                return None

        return wait_for(answers, 30, lambda: "a real server did not answer in 30 s")

    return wait_for_answer
