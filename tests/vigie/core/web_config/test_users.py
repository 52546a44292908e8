import base64
import threading

import bcrypt
import pytest

from vigie.core.web_config import users
from vigie.core.web_config.users import BusyError, Users, parse_basic

LONG = "p" * 100


def hashed(password, rounds=4):
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(rounds)).decode()


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def counted(monkeypatch):
    """The hashes that were compared with, one for each bcrypt."""
    real, compared = bcrypt.checkpw, []
    monkeypatch.setattr(
        bcrypt,
        "checkpw",
        lambda password, hashed_password: compared.append(hashed_password) or real(password, hashed_password),
    )
    return compared


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic YTpi", (b"a", b"b")),
        ("basic YTpiOmM=", (b"a", b"b:c")),
        ("Basic Og==", (b"", b"")),
        ("", None),
        ("Basic", None),
        ("Basic YQ==", None),
        ("Basic !!!!", None),
        ("Bearer YTpi", None),
    ],
)
def test_parse_basic(header, expected):
    assert parse_basic(header) == expected


def test_who_is_known():
    users_of_file = Users({"alice": hashed("secret"), "zoë": hashed("ключ"), "long": hashed(LONG)})
    assert users_of_file.knows(basic("alice", "secret"))
    assert users_of_file.knows(basic("zoë", "ключ"))
    assert users_of_file.knows(basic("long", LONG))
    for user, password in (("alice", "ключ"), ("zoë", "secret"), ("bob", "secret"), ("", ""), ("alice", "se\0cret")):
        assert not users_of_file.knows(basic(user, password))
    assert not users_of_file.knows("")


def test_htpasswd_writes_2y_hashes():
    assert Users({"alice": hashed("secret").replace("$2b$", "$2y$")}).knows(basic("alice", "secret"))


def test_results_are_remembered_and_failures_displace_no_success(counted):
    users_of_file = Users({"alice": hashed("secret")})
    for _ in range(3):
        assert users_of_file.knows(basic("alice", "secret"))
        assert not users_of_file.knows(basic("alice", "wrong"))
    assert len(counted) == 2
    for number in range(users.REMEMBERED_FAILURES + 5):
        users_of_file.knows(basic("alice", f"guess {number}"))
    before = len(counted)
    assert users_of_file.knows(basic("alice", "secret"))
    assert len(counted) == before
    assert len(users_of_file._failed) == users.REMEMBERED_FAILURES


def test_an_unknown_user_costs_one_bcrypt_as_the_costliest_known_one(counted):
    hashes = {"cheap": hashed("a"), "costly": hashed("b", 5)}
    users_of_file = Users(hashes)
    assert not users_of_file.knows(basic("nobody", "b"))
    assert counted == [hashes["costly"].encode()]
    assert not users_of_file.knows(basic("nobody", "b"))
    assert len(counted) == 1


def test_few_wait_and_those_known_do_not(monkeypatch):
    begun, go_on = threading.Semaphore(0), threading.Event()
    real = bcrypt.checkpw

    def slow(password, hashed_password):
        if password.startswith(b"guess"):
            begun.release()
            go_on.wait(10)
        return real(password, hashed_password)

    monkeypatch.setattr(bcrypt, "checkpw", slow)
    users_of_file = Users({"alice": hashed("secret")})
    assert users_of_file.knows(basic("alice", "secret"))
    threads = [
        threading.Thread(target=users_of_file.knows, args=(basic("alice", f"guess {number}"),))
        for number in range(1 + users.WAITING)
    ]
    for thread in threads:
        thread.start()
    begun.acquire(timeout=10)
    while users_of_file._places._value:  # until all wait
        pass
    assert users_of_file.knows(basic("alice", "secret"))
    with pytest.raises(BusyError):
        users_of_file.knows(basic("alice", "another"))
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert not users_of_file.knows(basic("alice", "another"))
