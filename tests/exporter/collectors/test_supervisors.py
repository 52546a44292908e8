"""Services under runit and programs under supervisord."""

import socketserver
import threading
from xmlrpc.server import SimpleXMLRPCDispatcher, SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

import pytest

from exporter.base.calls import XmlRpcCalls
from exporter.base.collector import NotApplicableError
from exporter.base.supplies import Supplies
from exporter.collectors.runit import Runit
from exporter.collectors.supervisord import Supervisord
from exporter.kernel import xml_rpc
from exporter.parsing import items

PROGRAM = {"name": "a", "group": "g", "state": 10, "exitstatus": 3, "start": 7}


def read(kind, supplies, **options):
    skipped = items.begin()
    samples = list(supplies.make(kind, kind.options_type(**options)).collect())
    return {(sample.family.name, *sample.labels): sample.value for sample in samples}, skipped.count


class Handler(SimpleXMLRPCRequestHandler):
    """Asks for a password as supervisord does."""

    authorization = "Basic dXNlcjpwQHNz"  # user:p@ss

    def do_POST(self):  # noqa: N802 - the name that http.server calls
        if self.headers["Authorization"] != self.authorization:
            self.send_error(401)
        else:
            super().do_POST()

    def address_string(self):
        return "client"


class UnixServer(socketserver.UnixStreamServer, SimpleXMLRPCDispatcher):
    def __init__(self, path):
        SimpleXMLRPCDispatcher.__init__(self, allow_none=True)
        super().__init__(path, type("Open", (Handler,), {"authorization": None, "disable_nagle_algorithm": False}))
        self.logRequests = False


@pytest.fixture
def serve(tmp_path):
    servers = []

    def serve(value, *, is_unix=False):
        path = str(tmp_path / "socket")
        server = UnixServer(path) if is_unix else SimpleXMLRPCServer(("127.0.0.1", 0), Handler, logRequests=False)
        server.register_function(lambda: value, "supervisor.getAllProcessInfo")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"unix://{path}" if is_unix else f"127.0.0.1:{server.server_address[1]}/RPC2"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_programs_of_a_server_with_a_password(serve):
    address = serve([PROGRAM, PROGRAM | {"name": "b", "state": 0}, {"name": "c"}, 5])
    series, failed = read(Supervisord, Supplies(), url=f"http://user:p%40ss@{address}")
    assert series == {
        ("node_supervisord_state", "a", "g"): 10,
        ("node_supervisord_exit_status", "a", "g"): 3,
        ("node_supervisord_up", "a", "g"): 1,
        ("node_supervisord_start_time_seconds", "a", "g"): 7,
        ("node_supervisord_state", "b", "g"): 0,
        ("node_supervisord_exit_status", "b", "g"): 3,
        ("node_supervisord_up", "b", "g"): 0,
    }
    assert failed == 2
    with pytest.raises(ValueError, match="401") as caught:
        read(Supervisord, Supplies(), url=f"http://user:secret@{address}")
    assert "secret" not in str(caught.value)


def test_programs_over_a_unix_socket(serve):
    series, _ = read(Supervisord, Supplies(), url=serve([PROGRAM], is_unix=True))
    assert series["node_supervisord_up", "a", "g"] == 1


@pytest.mark.parametrize("url", ["ftp://x/RPC2", "localhost:9001", "http:///RPC2", "http://[::1/RPC2", "http://h:x/"])
def test_a_url_of_another_kind(url):
    with pytest.raises(ValueError, match=r"."):
        read(Supervisord, Supplies(), url=url)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no XML",
        b"<methodResponse>",
        b"<methodResponse><fault><value><struct/></value></fault></methodResponse>",
        b"<methodResponse><params/></methodResponse>",
        b"<p><value><int>x</int></value></p>",
        b"<p><value><struct><member><value>1</value></member></struct></value></p>",
        b"<p><value><struct><value>1</value></struct></value></p>",
        b"<p><value><string>no list</string></value></p>",
        b"<a>" * 100 + b"</a>" * 100,
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><p><value>&b;</value></p>',
    ],
)
def test_an_answer_that_is_none(body):
    with pytest.raises(ValueError, match=r"xpected|invalid literal"):
        read(Supervisord, Supplies(XmlRpcCalls(lambda *_: body)))


def test_kinds_of_values():
    body = b"""<r><value><array><data><value> text </value><value><i8>-5</i8></value><value><boolean>1</boolean></value>
        <value><double>1.5</double></value><value><nil/></value><value></value><value><array><data/></array></value>
        <value><struct><member><name>k</name><value><string>v</string></value></member></struct></value>
        </data></array></value></r>"""
    assert xml_rpc.parse(body) == [" text ", -5, 1, 1.5, None, "", [], {"k": "v"}]


def test_a_service_without_a_supervisor_costs_itself(tree):
    status = ((1 << 62) + 10 + 99).to_bytes(8, "big") + bytes(4) + b"\1\0\0\0\0u\0\1"
    files = {"root/s/a/supervise/status": status, "root/s/b/run": "", "root/s/c/supervise/status": status[:18]}
    roots = tree(files | {"root/s/file": ""})
    (roots.root / "s" / "linked").symlink_to("a")
    series, failed = read(Runit, Supplies(roots), servicedir=str(roots.root / "s"))
    assert {key[1] for key in series} == {"a", "linked"}
    assert series["node_service_state_last_change_timestamp_seconds", "a", "runit"] == 99
    assert failed == 2
    with pytest.raises(NotApplicableError):
        read(Runit, Supplies(roots), servicedir=str(roots.root / "none"))
