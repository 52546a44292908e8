"""The page of one container."""


def test_without_sources_nobody_says_that_it_is_not_there(serve, get):
    answer = get(serve().url + "/container?dc=eu&host=web-1&name=shop")
    assert answer.status_code == 200
    assert "refuses connections" in answer.text
    assert "No container of this name is known on web-1." in answer.text
