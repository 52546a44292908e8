"""node_supervisord_*: programs under supervisord, from its XML-RPC interface."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from exporter.base.calls import XmlRpcCalls
from exporter.base.collector import Collector, Options
from exporter.base.roots import Roots
from exporter.exposition.text import Family, Sample
from exporter.kernel import xml_rpc
from exporter.parsing.items import item

LABELS = ("name", "group")
UP = Family("node_supervisord_up", "gauge", "Process Up", LABELS)
STATE = Family("node_supervisord_state", "gauge", "Process State", LABELS)
EXIT_STATUS = Family("node_supervisord_exit_status", "gauge", "Process Exit Status", LABELS)
START = Family("node_supervisord_start_time_seconds", "counter", "Process start time", LABELS)
STARTING, RUNNING, STOPPING = 10, 20, 40  # http://supervisord.org/subprocess.html#process-states
METHOD = "supervisor.getAllProcessInfo"
TIMEOUT_SECONDS = 1.5


class Program(msgspec.Struct, frozen=True):
    """What is read of a program's description."""

    name: str
    group: str
    state: int
    exitstatus: int
    start: int


class SupervisordOptions(Options, frozen=True, kw_only=True):
    """Which supervisord is asked."""

    url: Annotated[str, msgspec.Meta(description="Its XML-RPC: http://HOST:PORT/RPC2, or unix:///PATH.")] = (
        "http://localhost:9001/RPC2"
    )


class Supervisord(Collector):
    """Exposes the state of each program."""

    enabled_by_default = False
    options_type = SupervisordOptions

    def __init__(self, roots: Roots, calls: XmlRpcCalls, options: object = None) -> None:
        super().__init__(roots, options)
        self._ask = calls.ask

    def collect(self) -> Iterable[Sample]:
        """Yield the samples; raise OSError when it does not answer, ValueError when it answers something else."""
        answer = xml_rpc.parse(self._ask(self.options.url, METHOD, TIMEOUT_SECONDS))
        programs = msgspec.convert(answer, list[object])
        for number, program in enumerate(programs):
            with item(f"supervisord: program {number}"):
                yield from show(program)


def show(program: object) -> Iterator[Sample]:
    """Yield the samples of a program; raise ValueError when it is not described as one."""
    name, group, state, exit_status, start = msgspec.structs.astuple(msgspec.convert(program, Program))
    is_up = state in {STARTING, RUNNING, STOPPING}
    yield Sample(STATE, state, (name, group))
    yield Sample(EXIT_STATUS, exit_status, (name, group))
    yield Sample(UP, int(is_up), (name, group))
    if is_up:
        yield Sample(START, start, (name, group))
