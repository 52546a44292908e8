"""A private apt state: fetch and verify Debian packages without root and without touching the machine's own apt."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from vigie.core.errors import ProblemError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ALIASES = {"oldoldstable", "oldstable", "stable", "testing", "unstable", "sid"}
CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State "{folder}/state";
Dir::State::status "/dev/null";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "-";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "1";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
"""

Progress = Callable[[float], None]


class PackageMissingError(ProblemError):
    """The suite has no such package: another suite may."""


class SuiteMissingError(PackageMissingError):
    """The mirror does not carry this suite: another mirror may."""


class UnsignedError(ProblemError):
    """The mirror's suite is not signed by a key that this machine knows, so nothing of it is used."""


class Failure(NamedTuple):
    """What apt writes when something fails, and the sentence that a person can use."""

    marks: tuple[str, ...]
    sentence: str
    error: type[ProblemError] = ProblemError


FAILURES = (
    Failure(
        ("No space left", "enough free space", "Disk quota exceeded"),
        "{cache} has no room for the servers (about 500 MB): free some, or choose another folder with VIGIE_UP_CACHE",
    ),
    Failure(
        ("Could not resolve", "Temporary failure resolving", "Could not connect", "Unable to connect", "timed out"),
        "the Debian mirror {mirror} can't be reached and the server is not in the cache {cache}: "
        "connect this machine, set VIGIE_UP_MIRROR, or install the servers on PATH",
    ),
    Failure(
        ("is not signed", "NO_PUBKEY", "EXPKEYSIG", "GPG error", "Hash Sum mismatch"),
        "the Debian mirror {mirror} gave something that Debian did not sign: use another one with VIGIE_UP_MIRROR",
        UnsignedError,
    ),
)


def is_supported() -> bool:
    """Tell whether this machine has apt, dpkg and Debian's keys."""
    return KEYRING.is_file() and all(Path("/usr/bin", name).exists() for name in ("apt-get", "dpkg-deb"))


def own_mirror() -> str:
    """Return the mirror that this machine's apt uses for Debian itself; raise ProblemError when it uses none."""
    codename = own_codename(Path("/etc/os-release").read_text())
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    mirror = mirror_in(listing, codename)
    if mirror is None:
        raise ProblemError(
            f"this machine's apt names no http mirror of Debian {codename!r}: name one by --mirror or VIGIE_UP_MIRROR, "
            "also one that keeps old suites when a suite has left yours"
        )
    return mirror


def mirror_in(listing: str, codename: str) -> str | None:
    """Return the first http mirror in lines of `URI release component` that serves `codename` itself."""
    for line in listing.splitlines():
        uri, release, component = [*line.split(), "", "", ""][:3]
        if uri.startswith("http") and component == "main" and release in {codename, *ALIASES}:
            return uri.rstrip("/")
    return None


def own_codename(os_release: str) -> str:
    """Return VERSION_CODENAME from the text of /etc/os-release, "" when it has none."""
    for line in os_release.splitlines():
        name, _, value = line.partition("=")
        if name == "VERSION_CODENAME":
            return value.strip().strip('"')
    return ""


def download(package: str, suite: str, mirror: str, folder: Path, progress: Progress) -> Path:
    """Return the verified .deb of `package` in `suite`, downloaded into `folder`; as `download_all`."""
    return download_all((package,), suite, mirror, folder, progress)[0]


def download_all(names: Sequence[str], suite: str, mirror: str, folder: Path, progress: Progress) -> list[Path]:
    """Return the verified .deb of each package of `suite`, downloaded into `folder`.

    `progress` hears the percentage from 0 to 100. Raises PackageMissingError or SuiteMissingError when there is no
    such thing, ProblemError with one sentence for anything else.
    """
    state = folder / suite
    if not (state / "ready").exists():
        _prepare(state, suite, mirror)
        _apt(state, mirror, ["update"], lambda percent: progress(percent * 0.4))
        (state / "ready").touch()
    _apt(state, mirror, ["download", *names], lambda percent: progress(40 + percent * 0.6))
    return [next(state.glob(f"{name}_*.deb")) for name in names]


def _prepare(state: Path, suite: str, mirror: str) -> None:
    for part in ("state/lists/partial", "cache/archives/partial"):
        (state / part).mkdir(parents=True, exist_ok=True)
    (state / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
    (state / "apt.conf").write_text(CONFIGURATION.format(folder=state))


def _apt(state: Path, mirror: str, arguments: list[str], progress: Progress) -> None:
    reader, writer = os.pipe()
    command = ["apt-get", "-c", str(state / "apt.conf"), "-qq", "-o", f"APT::Status-Fd={writer}", *arguments]
    with (
        os.fdopen(reader) as status,
        (state / "apt.log").open("w+") as log,
        subprocess.Popen(
            command, cwd=state, stdout=log, stderr=log, pass_fds=[writer], env={**os.environ, "LC_ALL": "C"}
        ) as process,
    ):
        os.close(writer)
        try:
            for line in status:
                progress(float(line.split(":")[2]))
            code = process.wait()
        finally:
            process.kill()  # when interrupted; otherwise it has ended
        log.seek(0)
        text = log.read()
    if code:
        raise explain(text, arguments[-1], mirror, state)


def explain(text: str, what: str, mirror: str, state: Path) -> ProblemError:
    """Return the error whose sentence fits apt's output `text` about `what`; `state` lies three deep in the cache."""
    for failure in FAILURES:
        if any(mark in text for mark in failure.marks):
            return failure.error(failure.sentence.format(mirror=mirror, cache=state.parents[2]))
    lines = [line for line in text.splitlines() if line.startswith("E:")] or text.splitlines() or ["no message"]
    sentence = f"apt-get {what} from {mirror} failed: {lines[0].removeprefix('E: ')}"
    if "Unable to locate package" in text:
        return PackageMissingError(sentence)
    missing = "does not have a Release file" in text or "404 " in text
    return SuiteMissingError(sentence) if missing else ProblemError(sentence)
