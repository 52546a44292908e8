"""The alerts page and its forms."""

import requests


def test_without_sources_the_page_says_what_is_missing(serve, get):
    text = get(serve().url + "/alerts?match=host%3Dweb-1").text
    assert "refuses connections" in text
    assert ">host=web-1</textarea>" in text


def test_an_id_that_is_none_is_refused(serve):
    console = serve()
    token = console.authenticator.token(console.authenticator.authenticate(LOCAL))
    form = {"csrf": token, "id": "../silences"}
    answer = requests.post(console.url + "/alerts/downtimes/end", data=form, timeout=20)
    assert answer.status_code == 400
    assert "No downtime has this id." in answer.text


LOCAL = {"PATH_INFO": "/", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost"}
