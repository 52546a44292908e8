"""The page of metrics."""


def test_without_sources_the_expression_stays_and_the_error_stands_beside_it(serve, get):
    text = get(serve().url + "/explore?expr=node_load1&q=load").text
    assert 'value="node_load1"' in text
    assert 'role="alert">Prometheus at 127.0.0.1:9 refuses connections' in text
    assert "0 of 0 metrics" in text
