import threading

import pytest

from exporter.base.collector import Collector
from exporter.base.supplies import Supplies
from exporter.http.http_messages import Request
from exporter.pages import Pages, choose, config_errors_page
from exporter.process import Process
from exporter.runner import Runner


class One(Collector):
    def page(self):
        return b"one 1\n"


class Two(Collector):
    def page(self):
        return b"two 2\n"


@pytest.fixture
def pages():
    supplies = Supplies()
    runner = Runner(supplies, {"one": supplies.make(One), "two": supplies.make(Two)})
    process = Process()
    yield Pages(runner, "/metrics", 5, [process.page])
    process.close()
    runner.close()


def get(pages, path, query=None):
    return pages(Request("GET", path, query or {}, {}))


def test_metrics(pages):
    answer = get(pages, "/metrics")
    assert answer.status == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    for name in (b"one 1", b"two 2", b"process_cpu_seconds_total ", b"vigie_build_info{"):
        assert b"\n" + name in b"\n" + answer.body


def test_collect_and_exclude(pages):
    assert b"two 2" not in get(pages, "/metrics", {"collect[]": ["one"]}).body
    assert b"two 2" not in get(pages, "/metrics", {"exclude[]": ["two", "unheard-of"]}).body
    answer = get(pages, "/metrics", {"collect[]": ["one"], "exclude[]": ["two"]})
    assert (answer.status, answer.body) == (400, b"Combined collect and exclude queries are not allowed.\n")
    answer = get(pages, "/metrics", {"collect[]": ["nope"]})
    assert answer.status == 400
    assert answer.body.endswith(b"collector: nope\n")


def test_choose_keeps_the_order():
    assert choose(["a", "b", "c"], {"collect[]": ["c", "a"]}) == ["a", "c"]


def test_health_says_nothing_about_the_host(pages):
    assert get(pages, "/-/healthy") == get(pages, "/-/ready")
    assert get(pages, "/-/healthy").body == b"ok\n"
    pages.is_leaving = True
    assert get(pages, "/-/healthy").status == 200
    assert get(pages, "/-/ready").status == 503


def test_landing_page_and_unknown_paths(pages):
    landing = get(pages, "/")
    assert b'<a href="/metrics">' in landing.body
    assert dict(landing.headers)["Content-Security-Policy"].startswith("default-src 'none'")
    assert get(pages, "/else").status == 404


def test_more_scrapes_at_once_than_allowed_are_refused_in_node_exporters_words(pages):
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        go_on.wait(10)
        return b""

    limited = Pages(pages._runner, "/metrics", 5, [slow], max_requests=1)
    first = threading.Thread(target=get, args=(limited, "/metrics"))
    first.start()
    begun.wait(10)
    answer = get(limited, "/metrics")
    assert (answer.status, answer.body) == (503, b"Limit of concurrent requests reached (1), try again later.\n")
    assert get(limited, "/-/healthy").status == 200
    go_on.set()
    first.join(10)
    assert get(limited, "/metrics").status == 200


def test_config_errors_are_shown():
    assert config_errors_page(3).endswith(b"\nvigie_web_config_errors_total 3\n")
