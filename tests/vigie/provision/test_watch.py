"""`vigie provision drift --watch-interval`: what it shows on its page."""

import re
import sys

import bcrypt
import requests

from vigie.core.builtin import ROOT

TOKEN = "not-a-real-secret-token"
BOARD = '{"title": "Shop", "panels": [{"id": 1, "title": "a", "type": "stat", "targets": [%s]}]}'
REFUSED = 'vigie_provision_drift_objects{resource="refused files",target="site folder"}'
SITE_ERRORS = 'vigie_provision_errors_total{target="site folder"}'
SITE_SUCCESS = 'vigie_provision_last_success_timestamp_seconds{target="site folder"}'


def sampler(running):
    """Return what reads the value of a series on the page, None when it is not there."""

    def sample(name):
        text = requests.get(running.url + "/metrics", timeout=20).text
        match = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(match[1]) if match else None

    return sample


def test_drift_every_so_often_tells_on_a_page(start_program, grafana, wait_until, monkeypatch):
    monkeypatch.setenv("VIGIE_GRAFANA_TOKEN", TOKEN)
    address = ("--web.listen-address", "127.0.0.1:{port}")
    flags = ("--grafana", "--grafana-url", grafana.url, "--watch-interval", "200ms", "--attempts", "1")
    running = start_program(
        [sys.executable, "-m", "vigie", "provision", "drift", *flags, *address], "/-/healthy", working_folder=ROOT
    )
    sample = sampler(running)
    folders = 'vigie_provision_drift_objects{resource="folders",target="grafana"}'
    success = 'vigie_provision_last_success_timestamp_seconds{target="grafana"}'
    wait_until(lambda: sample(folders) == 2, what="drift of the missing folders")
    assert re.search(
        r'^vigie_provision_desired_state_info\{hash="[0-9a-f]{12}"\} 1.0$',
        requests.get(running.url + "/metrics", timeout=20).text,
        re.MULTILINE,
    )
    grafana.state.create_folder({"uid": "vigie-boards", "title": "vigie"})
    wait_until(lambda: sample(folders) == 1, what="one folder less")
    first = sample(success)
    wait_until(lambda: sample(success) > first, what="another look")
    grafana.is_away = True
    errors = 'vigie_provision_errors_total{target="grafana"}'
    wait_until(lambda: (sample(errors) or 0) > 0, what="a failed look")
    assert sample(folders) == 1
    assert running.stop() == 0


def test_a_refused_file_is_counted_and_the_rest_compared(start_program, grafana, wait_until, tmp_path, monkeypatch):
    monkeypatch.setenv("VIGIE_GRAFANA_TOKEN", TOKEN)
    boards = tmp_path / "boards"
    boards.mkdir()
    (boards / "shop.json").write_text(BOARD % '{"refId": "A", "expr": "up =="}')
    flags = ("--grafana", "--grafana-url", grafana.url, "--watch-interval", "200ms", "--site", str(tmp_path))
    drift = [sys.executable, "-m", "vigie", "provision", "drift", *flags, "--web.listen-address", "127.0.0.1:{port}"]
    running = start_program(drift, "/-/healthy", working_folder=ROOT)
    sample = sampler(running)
    wait_until(lambda: sample(REFUSED) == 1, what="the refused board")
    count = 'vigie_provision_drift_objects{resource="boards",target="grafana"}'
    without = wait_until(lambda: sample(count), what="the boards that are not refused")
    (boards / "shop.json").write_text(BOARD % '{"refId": "A", "expr": "up"}')
    wait_until(lambda: sample(REFUSED) == 0, what="the mended board")
    wait_until(lambda: sample(count) == without + 1, what="one more board to be delivered")
    (boards / "late.json").symlink_to(boards / "nowhere.json")
    wait_until(lambda: (sample(SITE_ERRORS) or 0) > 0, what="a folder that can't be judged")
    last = sample(SITE_SUCCESS)
    (boards / "late.json").unlink()
    wait_until(lambda: sample(SITE_SUCCESS) > last, what="another look at the folder")
    assert running.stop() == 0


def test_the_page_of_drift_lies_behind_the_web_configuration(start_program, grafana, tmp_path, monkeypatch):
    monkeypatch.setenv("VIGIE_GRAFANA_TOKEN", TOKEN)
    users = tmp_path / "web.yml"
    users.write_text(f"basic_auth_users: {{anna: '{bcrypt.hashpw(b'secret', bcrypt.gensalt(4)).decode()}'}}\n")
    flags = ("--grafana", "--grafana-url", grafana.url, "--watch-interval", "1h", "--web.config.file", str(users))
    drift = [sys.executable, "-m", "vigie", "provision", "drift", *flags, "--web.listen-address", "127.0.0.1:{port}"]
    running = start_program(drift, "/-/healthy", working_folder=ROOT)
    page = running.url + "/metrics"
    assert requests.get(page, timeout=20).status_code == 401
    assert requests.get(page, auth=("anna", "wrong"), timeout=20).status_code == 401
    assert requests.get(page, auth=("anna", "secret"), timeout=20).status_code == 200
    assert running.stop() == 0
