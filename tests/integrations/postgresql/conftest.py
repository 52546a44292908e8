"""A primary and its replica of each age, once for all tests, and Debian's postgres_exporter beside them."""

import pytest

from tests.integrations.postgresql.servers import SUITES, SUPERUSER, Servers
from vigie.stack.servers import find

# What our check asks beyond the exporter's defaults; each of them is a part of the exporter that is off.
SWITCHED_ON = (
    "database_wraparound",
    "long_running_transactions",
    "postmaster",
    "stat_checkpointer",
    "stat_wal_receiver",
)
FILL = (
    "CREATE TABLE IF NOT EXISTS goods (id int PRIMARY KEY, name text)",
    "INSERT INTO goods SELECT n, 'x' FROM generate_series(1, 3000) AS n ON CONFLICT DO NOTHING",
)


@pytest.fixture(scope="session")
def servers_of(tmp_path_factory, free_port, wait_until):
    """Return `servers_of(age)`: who starts servers of that age, ended with the session."""
    known = {}

    def servers_of(age):
        if age not in known:
            known[age] = Servers(age, tmp_path_factory.mktemp(f"postgresql-{age}"), free_port, wait_until)
        return known[age]

    yield servers_of
    for servers in known.values():
        for server in reversed(servers.started):
            server.stop()


@pytest.fixture(scope="session")
def pair_of(servers_of):
    """Return `pair_of(age)`: a primary with a table, and its replica."""
    known = {}

    def pair_of(age):
        if age not in known:
            primary = servers_of(age).start()
            primary.call(*FILL)
            known[age] = primary, servers_of(age).start_replica(primary)
        return known[age]

    return pair_of


@pytest.fixture(scope="session", params=SUITES)
def pair(request, pair_of):
    return pair_of(request.param)


@pytest.fixture(scope="session")
def newest(pair_of):
    """Return the newest primary."""
    return pair_of("newest")[0]


@pytest.fixture
def start_peer(start_program, monkeypatch):
    """Return `start_peer(server)`: the address of a real postgres_exporter that asks the server."""

    def start_peer(server):
        login = f"{SUPERUSER.user}:{SUPERUSER.password}"
        address = f"postgresql://{login}@127.0.0.1:{server.port}/postgres?sslmode=disable"
        monkeypatch.setenv("DATA_SOURCE_NAME", address)
        flags = [f"--collector.{part}" for part in SWITCHED_ON]
        program = find("postgres_exporter").path
        return start_program([program, "--web.listen-address=127.0.0.1:{port}", *flags]).url

    return start_peer
