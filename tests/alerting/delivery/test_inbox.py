"""The inbox takes what Alertmanager posts, shows it, and is not impressed by anything else."""

import http.client
import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import msgspec
import pytest

from alerting.delivery import inbox
from vigie.core.errors import UsageProblemError


def notification(**labels):
    alert = {
        "status": "firing",
        "labels": {"alertname": "HostDown", **labels},
        "annotations": {"summary": "web-1 is down"},
        "startsAt": "2026-01-01T00:00:00Z",
        "fingerprint": "not shown",
    }
    return json.dumps({"version": "4", "status": "firing", "alerts": [alert]}).encode()


@pytest.fixture
def server():
    with inbox.Server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path="/", body=None):
    url = f"http://127.0.0.1:{server.server_port}{path}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_fields_of_an_alert():
    (alert,) = inbox.parse(notification(severity="critical", host="web-1"))
    assert (alert["status"], alert["alertname"], alert["host"]) == ("firing", "HostDown", "web-1")
    assert (alert["summary"], alert["starts_at"], alert["instance"]) == ("web-1 is down", "2026-01-01T00:00:00Z", "")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"alerts": {}}', b'{"alerts": [{"labels": {"a": 1}}]}', b"\xff"])
def test_anything_else_is_refused(body):
    with pytest.raises(msgspec.DecodeError):
        list(inbox.parse(body))


def test_hostile_strings_stay_on_one_line():
    assert inbox.plain("a\nlevel=info\x1b[2J\u2028é") == r"a\nlevel=info\x1b[2J\u2028é"
    assert len(inbox.plain("x" * 10_000)) == inbox.TEXT_MAX_CHARACTERS


def test_what_is_posted_is_shown_and_only_the_last_are_kept(server):
    for number in range(inbox.KEPT + 5):
        assert ask(server, body=notification(instance=str(number))) == (200, b"ok")
    code, body = ask(server)
    shown = [alert["instance"] for alert in json.loads(body)]
    assert (code, shown[0], shown[-1], len(shown)) == (200, "5", str(inbox.KEPT + 4), inbox.KEPT)


def test_bad_requests_get_their_code(server):
    assert ask(server, body=b"no")[0] == 400
    assert ask(server, "/nowhere")[0] == 404
    assert ask(server, "/-/healthy") == (200, b"ok")


def test_a_body_that_is_announced_as_too_big_is_not_read(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(inbox.BODY_MAX_BYTES + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("text", ["9112", ":9112", "host:x", "host:70000"])
def test_a_bad_address_is_named(text):
    with pytest.raises(UsageProblemError, match="expected HOST:PORT"):
        inbox.split_address(text)


def test_each_alert_is_one_logfmt_line(free_port):
    port = free_port()
    command = [sys.executable, "-m", "vigie", "inbox", "--web.listen-address", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert "event=listening" in process.stderr.readline()
            body = notification(host='web"1\n', severity="a=b c")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", body) as answer:
                assert answer.status == 200
            line = process.stderr.readline()
        finally:
            process.terminate()
    assert line.startswith("timestamp=")
    assert r'event=alert status=firing alertname=HostDown severity="a=b c" host="web\"1\\n"' in line
