"""A source and its replica of each kind, once for all tests, and Debian's mysqld_exporter beside them."""

import pytest

from tests.integrations.mysql.servers import KINDS, SUPERUSER, Servers
from vigie.stack.servers import find

FILL = (
    "CREATE DATABASE shop",
    "CREATE TABLE shop.goods (id int PRIMARY KEY, name text)",
    "INSERT INTO shop.goods VALUES (1, 'x'), (2, 'y')",
)


@pytest.fixture(scope="session")
def servers_of(tmp_path_factory, free_port, wait_until):
    """Return `servers_of(kind)`: who starts servers of that kind, ended with the session."""
    known = {}

    def servers_of(kind):
        if kind not in known:
            known[kind] = Servers(kind, tmp_path_factory.mktemp(f"mysql-{kind}"), free_port, wait_until)
        return known[kind]

    yield servers_of
    for servers in known.values():
        for server in reversed(servers.started):
            server.stop()


@pytest.fixture(scope="session")
def pair_of(servers_of):
    """Return `pair_of(kind)`: a source with a table, and its replica."""
    known = {}

    def pair_of(kind):
        if kind not in known:
            source = servers_of(kind).start()
            source.call(*FILL)
            known[kind] = source, servers_of(kind).start_replica(source)
        return known[kind]

    return pair_of


@pytest.fixture(scope="session", params=KINDS)
def pair(request, pair_of):
    return pair_of(request.param)


@pytest.fixture(scope="session")
def newest(pair_of):
    """Return the newest source of MariaDB."""
    return pair_of("newest")[0]


@pytest.fixture
def start_peer(start_program, monkeypatch):
    """Return `start_peer(server)`: the address of a real mysqld_exporter that asks the server."""

    def start_peer(server):
        monkeypatch.setenv("MYSQLD_EXPORTER_PASSWORD", SUPERUSER.password)
        address = [f"--mysqld.username={SUPERUSER.user}", f"--mysqld.address=127.0.0.1:{server.port}"]
        program = find("mysqld_exporter").path
        return start_program([program, "--web.listen-address=127.0.0.1:{port}", *address]).url

    return start_peer
