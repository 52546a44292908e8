"""Our check beside the real phpfpm_exporter, both asking the same real pool."""

import pytest
import requests

from tests.integrations.pages import read_series, read_types

pytestmark = pytest.mark.integration
OF_THE_EXPORTER = ("go_", "process_", "promhttp_")


def of_the_server(mapping):
    return {name: value for name, value in mapping.items() if not name.startswith(OF_THE_EXPORTER)}


@pytest.mark.parametrize("age", ["oldest", "newest"])
def test_names_types_and_values_are_equal(age, start_pool, start_peer, wait_until):
    """By a socket, for Debian's exporter knows no ports."""
    pool = start_pool(age=age, socket=True)
    peer_url = start_peer(pool)
    pool.run("echo 1;")
    requests.get(f"{peer_url}/metrics", timeout=10)

    def ask_both():
        """Return our page, theirs and ours again, where none was asked while a process had not become idle yet."""
        pages = pool.page(), requests.get(f"{peer_url}/metrics", timeout=10).text, pool.page()
        series = [
            value
            for page in pages
            for name, value in read_series(page).items()
            if name.startswith("php_fpm_active_processes{")
        ]
        return pages if series == [1, 1, 1] else None

    first, page, text = wait_until(ask_both, what="one active process at a time")
    before = read_series(first)
    after, theirs = read_series(text), of_the_server(read_series(page))
    assert read_types(text) == of_the_server(read_types(page))
    assert after.keys() == theirs.keys()
    assert len(theirs) == 12
    (asking,) = (name for name in theirs if "accepted_connections" in name)
    assert (before[asking], theirs[asking], after[asking]) == (theirs[asking] - 1, theirs[asking], theirs[asking] + 1)
    assert {name: value for name, value in after.items() if name != asking} == {
        name: value for name, value in theirs.items() if name != asking
    }


def test_a_pool_at_a_port_is_told_by_it(start_pool, wait_until):
    pool = start_pool("pm.status_path = /status\npm.max_children = 3")
    assert pool.run("echo 6 * 7;") == "42"
    labels = f'{{socket_path="tcp://127.0.0.1:{pool.server.port}"}}'
    active = f"php_fpm_active_processes{labels}"

    def read_at_rest():
        """Return the page once the process that has just answered is idle, too."""
        series = read_series(pool.page())
        return series if series[active] == 1 else None

    series = wait_until(read_at_rest, what="one active process")
    assert series[f"php_fpm_total_processes{labels}"] == 3
    assert series[active] == 1, "the one that answers us"
    assert series[f"php_fpm_listen_queue_length{labels}"] == 128
