from vigie.core.web_config import rate
from vigie.core.web_config.rate import Bucket


def test_a_burst_and_then_one_each_interval(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(rate, "monotonic", lambda: now)
    bucket = Bucket(2.0, 3)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now += 1.9
    assert not bucket.take()
    now += 0.2
    assert [bucket.take(), bucket.take()] == [True, False]
    now += 1000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
