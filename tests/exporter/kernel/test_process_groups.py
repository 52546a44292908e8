from exporter.kernel.process_groups import Group, Watch, command_of
from exporter.kernel.process_list import KERNEL_THREAD, Process


def process(pid, command, ticks=0, pages=1, *, threads=1, start=7, flags=0):
    return Process(str(pid), command.encode(), "S", flags, ticks, threads, start, pages)


def test_kernel_threads_are_grouped_without_what_they_serve():
    assert command_of(process(37, "kworker/0:1-events", flags=KERNEL_THREAD)) == "kworker"
    assert command_of(process(38, "php-fpm: pool")) == "php-fpm: pool"
    assert command_of(process(39, "")) == "other"
    assert command_of(Process("1", b"\xff", "S", 0, 0, 1, 1, 1)) == "\ufffd"


def test_cpu_counts_from_the_first_look_on():
    watch = Watch(5, 300)
    assert watch.look([process(1, "db", 9000)], 0)["db"].ticks == 0
    assert watch.look([process(1, "db", 9030)], 15)["db"].ticks == 30


def test_a_counter_never_goes_back_when_a_process_ends_and_a_new_one_counts_whole():
    watch = Watch(5, 300)
    watch.look([process(1, "db", 100), process(2, "db", 5000)], 0)
    watch.look([process(1, "db", 110), process(2, "db", 5005)], 15)
    assert watch.look([process(1, "db", 111), process(3, "db", 4)], 30)["db"].ticks == 15 + 1 + 4


def test_a_pid_in_use_again_is_another_process():
    watch = Watch(5, 300)
    watch.look([process(1, "db", 100, start=7)], 0)
    assert watch.look([process(1, "db", 120, start=900)], 15)["db"].ticks == 120


def test_other_is_the_rest_so_that_sums_are_the_hosts():
    watch = Watch(1, 300)
    groups = watch.look([process(1, "a", pages=30), process(2, "b", pages=5, threads=4), process(3, "c", pages=2)], 0)
    assert groups == {"a": Group(1, 0, 30, 1), "other": Group(2, 0, 7, 5)}


def test_a_process_named_other_is_part_of_the_rest():
    groups = Watch(5, 300).look([process(1, "other", pages=8), process(2, "a", pages=1)], 0)
    assert groups == {"a": Group(1, 0, 1, 1), "other": Group(1, 0, 8, 1)}


def test_all_cpu_time_is_counted_once_whatever_is_shown():
    watch = Watch(1, 1)  # a short memory: who used most since the last look is shown
    looks = [
        {"a": 0, "b": 0, "c": 0},
        {"a": 50, "b": 1, "c": 2},
        {"a": 51, "b": 90, "c": 4},
        {"a": 52, "b": 95, "c": 80},
    ]
    previous, total = {}, 0
    for number, ticks in enumerate(looks):
        groups = watch.look([process(name, name, used, 0) for name, used in ticks.items()], 100.0 * number)
        # What Prometheus sees as increase: only series that were there before.
        total += sum(group.ticks - previous[name] for name, group in groups.items() if name in previous)
        previous = {name: group.ticks for name, group in groups.items()}
        assert len(groups) <= 2
    assert total == 52 + 95 + 80


def test_a_burst_is_remembered_for_the_window():
    watch = Watch(1, 300)
    watch.look([process(1, "a", 0, 0), process(2, "b", 0, 0)], 0)
    watch.look([process(1, "a", 100, 0), process(2, "b", 0, 0)], 15)
    assert list(watch.look([process(1, "a", 100, 0), process(2, "b", 20, 0)], 30)) == ["a", "other"]
    assert list(watch.look([process(1, "a", 100, 0), process(2, "b", 40, 0)], 3000)) == ["b", "other"]


def test_commands_without_end_are_bounded():
    watch = Watch(3, 300)
    for look in range(5):
        groups = watch.look([process(i, f"{look}-{i}", i + look, i) for i in range(500)], 15.0 * look)
        assert len(groups) <= 7
        assert sum(group.processes for group in groups.values()) == 500
    assert len(watch._counters) <= 501
    assert len(watch._recent) == 500
