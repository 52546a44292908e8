"""Modules that are put off: not loaded by what imports them, and whole for who uses them."""

import subprocess
import sys


def told(program):
    """Return what a fresh interpreter prints: this one has loaded everything already."""
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def test_the_logger_does_not_load_it():
    loaded = "[name for name in sys.modules if name.startswith('asyncio.')]"
    assert told(f"from vigie.core.deferred import defer; defer(); import sys, structlog; print({loaded})") == "[]"


def test_who_uses_one_gets_the_real_one():
    put_off = "from vigie.core.deferred import defer; defer(); import asyncio"
    run = "print(asyncio.run(asyncio.sleep(0, 'slept')))"
    assert told(f"{put_off}; {run}; import asyncio; {run}") == "slept\nslept"


def test_parts_of_one_can_be_imported_by_themselves():
    put_off = "from vigie.core.deferred import defer; defer()"
    assert (
        told(f"{put_off}; from asyncio import sleep; import idna.core; print(idna.encode('ü.de'))") == "b'xn--tda.de'"
    )
    assert told(f"{put_off}; import asyncio.events as events; print(events.AbstractEventLoop.__name__)") == (
        "AbstractEventLoop"
    )


def test_what_is_loaded_already_stays():
    still = "sys.modules['asyncio'] is asyncio"
    assert told(f"import asyncio, sys; from vigie.core.deferred import defer; defer(); print({still})") == "True"


def test_the_client_of_http_needs_no_more_than_a_version():
    put_off = "import sys; from vigie.core.deferred import defer; defer(['charset_normalizer'])"
    loaded = "print('charset_normalizer.api' in sys.modules)"
    guess = "answer = requests.Response(); answer._content = 'déjà vu'.encode(); print(answer.apparent_encoding)"
    assert told(f"{put_off}; import requests; {loaded}; {guess}; {loaded}") == "False\nutf-8\nTrue"
