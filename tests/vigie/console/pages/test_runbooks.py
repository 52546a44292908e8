"""The list of runbooks."""


def test_every_alert_is_listed_with_its_severity(serve, get):
    text = get(serve().url + "/runbooks/").text
    assert '<span class="badge critical">critical</span> <a href="/runbooks/HostDown">HostDown</a>' in text
    assert '<a href="/runbooks/" aria-current="page">Runbooks</a>' in text
