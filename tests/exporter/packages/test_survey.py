"""What waits, from trees of dpkg's and apt's files, and what of them can be wrong."""

import bz2
import gzip
import lzma
import time

import pytest

from exporter.packages.apt_lists import MOST_STANZA_BYTES, split_stanzas
from exporter.packages.survey import AptSurvey

LISTS = "root/var/lib/apt/lists"
MAIN, SECURITY, BACKPORTS = (f"deb.example_debian_dists_{suite}" for suite in ("stable", "security", "backports"))


def package(name, version, architecture="amd64", **fields):
    lines = {"Package": name, "Version": version, "Architecture": architecture} | fields
    return "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in lines.items()) + "\n"


def installed(name, version, architecture="amd64", status="install ok installed"):
    return package(name, version, architecture, Status=status, Description="text\n more: of it")


def release(suite, **fields):
    lines = {"Origin": "Debian", "Suite": suite, "Codename": f"code-{suite}"} | fields
    return "-----BEGIN PGP SIGNED MESSAGE-----\n" + "".join(f"{key}: {value}\n" for key, value in lines.items())


STATUS = (
    installed("openssl", "3.0.1-1")
    + installed("bash", "5.2-1")
    + installed("tzdata", "2024a-0", "all")
    + installed("nginx", "1.22-1", status="hold ok installed")
    + installed("gone", "1", status="deinstall ok config-files")
    + installed("newer", "2.0~bpo1-1")
)
TREE = {
    "root/var/lib/dpkg/status": STATUS,
    f"{LISTS}/{MAIN}_InRelease": release("stable"),
    f"{LISTS}/{MAIN}_main_binary-amd64_Packages": (
        package("openssl", "3.0.2-1")
        + package("bash", "5.2-1")
        + package("tzdata", "2024b-0", "all")
        + package("nginx", "1.24-1")
        + package("gone", "2")
        + package("other", "9")
        + package("newer", "1.0-1")
    ),
    f"{LISTS}/{SECURITY}_InRelease": release("security"),
    f"{LISTS}/{SECURITY}_main_binary-amd64_Packages": package("openssl", "3.0.2-1") + package("bash", "5.2-1", "arm64"),
    f"{LISTS}/{BACKPORTS}_InRelease": release("backports", NotAutomatic="yes", ButAutomaticUpgrades="yes"),
    f"{LISTS}/{BACKPORTS}_main_binary-amd64_Packages": package("openssl", "9.9-1") + package("newer", "2.1~bpo1-1"),
}
STABLE, BOTH = "Debian:code-stable/stable", "Debian:code-security/security,Debian:code-stable/stable"
AT_BACKPORTS = "Debian:code-backports/backports"
UPGRADES = {
    (BOTH, "amd64"): 1,
    (STABLE, "all"): 1,
    (STABLE, "amd64"): 1,
    (AT_BACKPORTS, "amd64"): 1,
}


def count(tree, **changes):
    files = TREE | changes.pop("files", {})
    return AptSurvey(tree({name: text for name, text in files.items() if text is not None}).root, 60.0).count()


def test_what_waits_is_counted_by_origin_and_architecture(tree):
    pending, failures = count(tree)
    assert pending.upgrades == UPGRADES
    assert pending.held == {(STABLE, "amd64"): 1}
    assert failures == {}


@pytest.mark.parametrize(("suffix", "module"), [(".gz", gzip), (".xz", lzma), (".bz2", bz2)])
def test_lists_may_be_compressed(tree, suffix, module):
    name = f"{LISTS}/{MAIN}_main_binary-amd64_Packages"
    pending, failures = count(tree, files={name: None, f"{name}{suffix}": module.compress(TREE[name].encode())})
    assert (pending.upgrades, failures) == (UPGRADES, {})


@pytest.mark.parametrize(("suffix", "content"), [(".lz4", b"\x04\x22"), (".xz", b"no xz"), (".gz", b"\x1f\x8b\x08")])
def test_list_that_cannot_be_read_costs_itself_and_is_told(tree, suffix, content):
    name = f"{LISTS}/{SECURITY}_main_binary-amd64_Packages"
    pending, failures = count(tree, files={name: None, f"{name}{suffix}": content})
    assert pending.upgrades == {(STABLE, "amd64"): 2, (STABLE, "all"): 1} | {
        ("Debian:code-backports/backports", "amd64"): 1
    }
    assert list(failures) == [f"{SECURITY}_main_binary-amd64_Packages{suffix}"]


def test_backports_that_are_not_automatic_at_all_count_nothing(tree):
    pending, _ = count(tree, files={f"{LISTS}/{BACKPORTS}_InRelease": release("backports", NotAutomatic="yes")})
    assert pending.upgrades == {key: number for key, number in UPGRADES.items() if "backports" not in key[0]}


def test_update_whose_turn_has_not_come_does_not_wait(tree):
    name = f"{LISTS}/{MAIN}_main_binary-amd64_Packages"
    text = TREE[name].replace("Version: 2024b-0", "Version: 2024b-0\nPhased-Update-Percentage: 30")
    assert (STABLE, "all") not in count(tree, files={name: text})[0].upgrades


@pytest.mark.parametrize("stanza", [package("bash", "\u00e9"), "Package: bash\nArchitecture: amd64\n\n", "\0\n\nx\n\n"])
def test_stanza_that_cannot_be_understood_costs_itself(tree, stanza):
    name = f"{LISTS}/{MAIN}_main_binary-amd64_Packages"
    pending, failures = count(tree, files={name: stanza + TREE[name]})
    assert pending.upgrades == UPGRADES
    assert len(failures) == int("bash" in stanza)


def test_installed_package_without_a_version_costs_itself(tree):
    broken = "Package: broken\nStatus: install ok installed\n\n"
    pending, failures = count(tree, files={"root/var/lib/dpkg/status": broken + STATUS})
    assert pending.upgrades == UPGRADES
    assert list(failures) == ["status: broken"]


def test_without_lists_nothing_is_known(tree):
    assert count(tree, files={name: None for name in TREE if "_Packages" in name})[0] is None


def test_file_without_an_end_of_a_stanza_takes_no_memory():
    chunks = [b"x" * MOST_STANZA_BYTES] * 5 + [b"\n\nPackage: a\n"]
    lengths = [len(stanza) for stanza in split_stanzas(chunks)]
    assert lengths == [MOST_STANZA_BYTES, len(b"Package: a\n")]


def test_thread_counts_when_the_files_have_changed(tree):
    survey = AptSurvey(tree(TREE).root, 0.01)
    survey.start()
    deadline = time.monotonic() + 10
    while survey.result()[0] is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert survey.result()[0].upgrades == UPGRADES
    tree({"root/var/lib/dpkg/status": installed("openssl", "3.0.2-1")})
    while survey.result()[0].upgrades and time.monotonic() < deadline:
        time.sleep(0.01)
    assert survey.result()[0].upgrades == {}
    survey.close()
