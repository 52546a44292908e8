"""The page of a real cAdvisor beside the daemon."""

import re
import subprocess
import time
import urllib.request

import pytest

from vigie.stack.apt import SuiteMissingError
from vigie.stack.servers import find


def cadvisor():
    """Return the path of a real cAdvisor; the test is listed as not run where bullseye, which had it, has gone."""
    try:
        return find("cadvisor").path
    except SuiteMissingError as error:
        pytest.skip(str(error))


def cadvisor_page(daemon, ids, folder):
    """Return the page of a real cAdvisor once it tells of all the containers' layers."""
    port = 19_811
    command = [cadvisor(), f"-docker={daemon.url}", f"-docker_root={daemon.folder}/data",
               f"-port={port}", "-listen_ip=127.0.0.1"]  # fmt: skip
    with (folder / "cadvisor.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                time.sleep(0.5)
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                        page = answer.read().decode()
                except OSError:
                    continue
                if all(re.search(f'container_fs_usage_bytes{{.*id="[^"]*{container_id}', page) for container_id in ids):
                    return page
            pytest.fail("cAdvisor does not tell of the containers")
        finally:
            process.terminate()
            process.wait(30)
