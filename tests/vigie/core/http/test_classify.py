"""What a failure is called: real sentences of Prometheus, and statuses."""

import pytest

from vigie.core.http.classify import classify_scrape_error, classify_status
from vigie.core.http.fetch_failure import CAUSES, REMEDIES


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ('Get "http://127.0.0.1:9/metrics": dial tcp 127.0.0.1:9: connect: connection refused', "refused"),
        ('Get "http://10.0.0.1:9100/metrics": context deadline exceeded', "timeout"),
        ('Get "http://10.0.0.1:9100/metrics": dial tcp 10.0.0.1:9100: i/o timeout', "timeout"),
        ('Get "http://10.0.0.1:9100/metrics": dial tcp 10.0.0.1:9100: connect: no route to host', "route"),
        ('Get "http://web-1:9100/metrics": dial tcp: lookup web-1 on 10.0.0.2:53: no such host', "name"),
        ('Get "https://web-1:9100/metrics": x509: certificate signed by unknown authority', "tls"),
        ('Get "https://web-1:9100/metrics": tls: failed to verify certificate: x509: certificate has expired', "tls"),
        ('Get "https://web-1:9100/metrics": remote error: tls: certificate required', "certificate"),
        ('Get "https://web-1:9100/metrics": http: server gave HTTP response to HTTPS client', "plain"),
        (
            'Get "http://web-1:9100/metrics": net/http: HTTP/1.x transport connection broken: malformed HTTP response',
            "encrypted",
        ),
        ('Get "http://web-1:9100/metrics": EOF', "closed"),
        ('Get "http://web-1:9100/metrics": read tcp 1.2.3.4:5->6.7.8.9:10: read: connection reset by peer', "closed"),
        ("unexpected EOF", "closed"),
        ("data does not end with # EOF", "page"),
        ("server returned HTTP status 401 Unauthorized", "login"),
        ("server returned HTTP status 403 Forbidden", "forbidden"),
        ("server returned HTTP status 404 Not Found", "missing"),
        ("server returned HTTP status 503 Service Unavailable", "server"),
        ("server returned HTTP status 302 Found", "status"),
        ("sample limit exceeded", "samples"),
        ("body size limit exceeded", "size"),
        ('label_limit exceeded (metric: "a", number of labels: 9, limit: 5)', "labels"),
        ('label_value_length_limit exceeded (metric: "a", label name: "b")', "labels"),
        ("target_limit exceeded (number of targets: 9, limit: 5)", "targets"),
        ('expected value after metric, got "INVALID"', "page"),
        ('strconv.ParseFloat: parsing "x": invalid syntax', "page"),
    ],
)  # fmt: skip - a line each
def test_what_prometheus_says_of_a_scrape(error, kind):
    assert classify_scrape_error(error).kind == kind


def test_each_kind_has_a_cause_and_a_remedy():
    assert CAUSES.keys() == REMEDIES.keys()
    assert all("{where}" in cause for cause in CAUSES.values())


def test_what_a_server_answers_can_harm_no_terminal():
    failure = classify_status(500, "\x1b[31mred\x07 " + "x" * 5000)
    assert failure.detail.isprintable()
    assert len(failure.detail) < 600
