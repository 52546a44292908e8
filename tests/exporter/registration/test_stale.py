import socket

from exporter.registration.record import OWNER, Record, owner
from exporter.registration.stale import is_listening, is_ours

RECORD = Record("vigie-exporter:web-1:9100", "vigie-exporter", "127.0.0.1", 9100, (), {OWNER: owner("web-1")}, {})


def test_only_what_an_exporter_of_this_host_wrote():
    assert is_ours(RECORD, "web-1", "vigie-exporter:web-1:9200")
    assert not is_ours(RECORD, "web-1", RECORD.id)
    assert not is_ours(RECORD, "web-2", "vigie-exporter:web-2:9100")
    assert not is_ours(RECORD._replace(service="app-web"), "web-1", "x")
    assert not is_ours(RECORD._replace(meta={"instance": "web-1"}), "web-1", "x")


def test_only_a_refusal_says_that_nobody_listens(free_port):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert is_listening(RECORD._replace(port=listener.getsockname()[1]))
    assert not is_listening(RECORD._replace(port=free_port()))
    assert is_listening(RECORD._replace(address="no such host"))
    assert is_listening(RECORD._replace(address="", meta={}))
