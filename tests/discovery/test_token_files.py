"""Whatever the token file holds: it is told without its content, and the next right file works."""

import pytest

pytestmark = pytest.mark.integration
BAD = [
    b"\xef\xbb\xbf11111111-2222-3333-4444-555555555555\n",
    "“5ecre7”".encode(),
    b"5ecre7-\xe9",
    b"\xff\xfe5ecre7",
    b"5ecre7-5ecre7\n# made on Monday\n",
]


def test_a_file_that_holds_no_token_is_told_without_its_content_and_recovers(
    consul, catalog, start_bridge, wait_until, tmp_path
):
    (tmp_path / "token").write_bytes(BAD[0])
    bridge = start_bridge(consul.url, f"--consul-token-file={tmp_path / 'token'}")
    for number, content in enumerate(BAD):
        (tmp_path / "token").write_bytes(content)
        before = bridge.metric('vigie_discovery_errors_total{reason="token_file"}')
        wait_until(
            lambda before=before: bridge.metric('vigie_discovery_errors_total{reason="token_file"}') > before + 1
        )
        (tmp_path / "token").write_bytes(b"\n")
        catalog.row("web", number)
        wait_until(lambda number=number: len(bridge.ids("web") or ()) == number + 1)
    assert "5ecre7" not in bridge.running.log_text()
    assert "Traceback" not in bridge.running.log_text()
    assert bridge.metric("vigie_discovery_thread_restarts_total") == 0
