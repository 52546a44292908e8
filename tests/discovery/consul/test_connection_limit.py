"""How many blocking queries may wait when Consul refuses connections."""

from discovery.consul.connection_limit import ConnectionLimit


class Clock:
    seconds = 1000.0

    def __call__(self):
        return self.seconds


def test_a_refusal_leaves_a_quarter_of_what_it_had_to_others_and_a_burst_counts_once():
    clock = Clock()
    limit = ConnectionLimit(120, clock)
    assert limit.refuse(73)
    assert not limit.refuse(73)
    assert limit.current == 54
    clock.seconds += 13
    assert limit.refuse(54)
    assert limit.current == 40


def test_it_never_falls_to_nothing():
    clock = Clock()
    limit = ConnectionLimit(3, clock)
    for _ in range(10):
        limit.refuse(0)
        clock.seconds += 13
    assert limit.current == 1


def test_it_grows_slowly_and_no_further_than_the_settings_say():
    clock = Clock()
    limit = ConnectionLimit(10, clock)
    limit.refuse(8)
    grown = []
    for _ in range(8):
        clock.seconds += 150
        grown.append(limit.grow())
    assert (limit.current, grown) == (10, [False, True, False, False, False, False, False, False])
