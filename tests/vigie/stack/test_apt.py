"""What apt says is understood: the machine's mirror, its suite, and why something failed."""

from pathlib import Path

import pytest

from vigie.stack import apt

LISTING = """\
https://cloud.example/apt/ cloud-sdk-bookworm main
https://containers.example/debian/ bookworm stable
http://mirror.example/debian-security/ bookworm-security main
http://mirror.example/debian/ bookworm-updates main
http://mirror.example/debian/ bookworm contrib
http://mirror.example/debian/ bookworm main
"""


def test_the_machines_own_mirror_is_the_one_that_serves_its_suite():
    assert apt.mirror_in(LISTING, "bookworm") == "http://mirror.example/debian"
    assert apt.mirror_in(LISTING, "trixie") is None
    assert apt.mirror_in("mirror+file:/etc/apt/mirrors bookworm main\ncdrom:", "bookworm") is None
    assert apt.mirror_in("http://mirror.example/debian stable main", "bookworm") == "http://mirror.example/debian"


def test_the_codename_of_os_release():
    assert apt.own_codename('NAME="Debian"\nVERSION_CODENAME=trixie\n') == "trixie"
    assert apt.own_codename('VERSION_CODENAME="noble"\n') == "noble"
    assert apt.own_codename("NAME=Alpine\n") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Err:1 x\nE: Failed to fetch x  Could not connect to 10.0.0.1:80", r"mirror M can't be reached.*cache /c:"),
        ("E: Failed to fetch x  Temporary failure resolving 'mirror.example'", r"mirror M can't be reached"),
        ("E: Write error - write (28: No space left on device)", r"/c has no room"),
        ("E: The repository 'M forky InRelease' is not signed.", r"Debian did not sign"),
        ("E: Something new happened\nW: and more", r"^apt-get consul from M failed: Something new happened$"),
        ("", r"no message"),
    ],
)
def test_each_failure_of_apt_is_one_sentence(text, expected):
    error = apt.explain(text, "consul", "M", Path("/c/.fetch-1/0/forky"))
    assert type(error) is (apt.UnsignedError if "did not sign" in expected else apt.ProblemError)
    assert "\n" not in str(error)
    with pytest.raises(apt.ProblemError, match=expected):
        raise error


@pytest.mark.parametrize(
    "text",
    [
        "E: The repository 'http://m bullseye Release' does not have a Release file.",
        "E: Failed to fetch http://m/x  404  Not Found [IP: 1.2.3.4 80]",
    ],
)
def test_a_missing_suite_may_be_on_another_mirror(text):
    assert isinstance(apt.explain(text, "consul", "M", Path("/c/.fetch-1/0/forky")), apt.SuiteMissingError)


def test_a_missing_package_may_be_in_another_suite_but_on_no_other_mirror():
    error = apt.explain("E: Unable to locate package promtool", "promtool", "M", Path("/c/.fetch-1/0/forky"))
    assert type(error) is apt.PackageMissingError
