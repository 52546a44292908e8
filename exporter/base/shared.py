"""What several collectors read, and the kernel is asked for once in a scrape."""

from pathlib import Path

from exporter.base.roots import PROC
from exporter.kernel import links, process_list
from exporter.kernel.files import KernelFile


class Shared:
    """A source that keeps what it read until the next scrape begins."""

    def begin_scrape(self) -> None:
        """Forget what was read for the last scrape."""

    def close(self) -> None:
        """Give back what is kept between scrapes."""


class SharedFiles(Shared):
    """Files under /proc that several collectors need."""

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc
        self._files: dict[str, _SharedFile] = {}
        self._scrape = 0

    def begin_scrape(self) -> None:
        """Let each file be read again."""
        self._scrape += 1

    def read(self, name: str) -> bytes:
        """Return what the file says in this scrape, such as `1/mountinfo`; raise OSError."""
        shared = self._files.get(name)
        if shared is None:
            shared = self._files[name] = _SharedFile(KernelFile(self._proc / name))
        if shared.scrape != self._scrape:
            shared.content = shared.file.read()
            shared.scrape = self._scrape
        return shared.content

    def close(self) -> None:
        """Give the descriptors back."""
        for shared in self._files.values():
            shared.file.close()


class _SharedFile:
    """A file and what it said in the scrape of that number."""

    def __init__(self, file: KernelFile) -> None:
        self.file = file
        self.content = b""
        self.scrape = -1


class LinkList(Shared):
    """The network devices, over netlink."""

    def __init__(self) -> None:
        self._links = links.Links()
        self._dumped: list[links.Link] | None = None

    def begin_scrape(self) -> None:
        """Let the devices be dumped again."""
        self._dumped = None

    def read(self) -> list[links.Link]:
        """Return the network devices; raise OSError."""
        if self._dumped is None:
            self._dumped = self._links.dump()
        return self._dumped

    def close(self) -> None:
        """Close the socket."""
        self._links.close()


class ProcessList(Shared):
    """The processes, as /proc/<pid>/stat tells of them."""

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc
        self._listed: list[process_list.Process] | None = None

    def begin_scrape(self) -> None:
        """Let the processes be listed again."""
        self._listed = None

    def read(self) -> list[process_list.Process]:
        """Return the processes; raise OSError, and ValueError for a malformed one."""
        if self._listed is None:
            self._listed = list(process_list.read_processes(self._proc))
        return self._listed
