import socket
import threading

import pytest

from exporter.cloud.metadata import BODY_BYTES, MetadataError, parse


@pytest.fixture
def serve_once():
    """Return `serve_once(*answers)`: a URL where each connection gets one of the bytes, and is closed."""
    listeners, threads = [], []

    def serve_once(*answers):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run():
            for answer in answers:
                client, _ = listener.accept()
                with client:
                    client.recv(65536)
                    client.sendall(answer)

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve_once
    for listener in listeners:
        listener.close()
    for thread in threads:
        thread.join(10)


def response(body):
    return b"HTTP/1.1 200 OK\r\nETag: e1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def test_kept_connection_that_was_closed_is_opened_again(serve_once, metadata):
    client = metadata(serve_once(response(b"a"), response(b"b")))
    assert (client.ask("/x", {}).text, client.ask("/x", {}).text) == ("a", "b")


def test_answer_that_is_too_long(serve_once, metadata):
    with pytest.raises(MetadataError, match="at most"):
        metadata(serve_once(response(b"x" * (BODY_BYTES + 1)))).ask("/x", {})


def test_redirect_is_not_followed(serve_once, metadata):
    away = b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"
    assert metadata(serve_once(away)).ask("/x", {}).status == 302


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
def test_answers_that_are_none(serve_once, metadata, answer):
    with pytest.raises(MetadataError):
        metadata(serve_once(answer)).ask("/x", {})


def test_proxy_of_the_environment_is_not_used(serve_once, metadata, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert metadata(serve_once(response(b"a"))).ask("/x", {}).headers["etag"] == "e1"


def test_what_is_no_json():
    with pytest.raises(MetadataError, match="expected dict"):
        parse(None, dict)
