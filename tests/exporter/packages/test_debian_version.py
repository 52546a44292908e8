"""The order of versions, by the examples of deb-version(7) and by dpkg itself where it is there."""

import random
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.packages.debian_version import DebianVersion

ORDERED = [
    "~~", "~~a", "~", "1.0~rc1-1", "1.0", "1.0-1~deb12u1", "1.0-1", "1.0-1+b1", "1.0a", "1.0+dfsg", "1.0.1", "1.9",
    "1.10", "2-1-1", "1:0.1", "2:0~a",
]  # fmt: skip


def test_order_of_the_manual():
    versions = [DebianVersion(text) for text in ORDERED]
    assert [version.text for version in sorted(random.sample(versions, len(versions)))] == ORDERED


def test_zeros_and_what_is_absent_are_equal():
    assert DebianVersion("0:1.0-0") == DebianVersion("1.00")
    assert hash(DebianVersion("0:1.0")) == hash(DebianVersion("1.0"))


@pytest.mark.parametrize("text", ["", " ", "a:1", "1:", "-1:2", "1.0\u00b2"])
def test_other_text_is_no_version(text):
    with pytest.raises(ValueError, match="expected a Debian version"):
        DebianVersion(text)


VERSIONS = st.text("0123456789aZ.+~", min_size=1, max_size=6).map(lambda text: f"1{text}") | st.builds(
    "{}:{}-{}".format, st.integers(0, 2), st.sampled_from(["1", "1.0", "10", "1~"]), st.sampled_from(["1", "0", "1~b"])
)


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="needs dpkg")
@settings(max_examples=100, deadline=None)
@given(VERSIONS, VERSIONS)
def test_order_is_dpkgs(first, second):
    is_lower = subprocess.run(["dpkg", "--compare-versions", first, "lt", second], check=False).returncode == 0
    assert (DebianVersion(first) < DebianVersion(second)) == is_lower
