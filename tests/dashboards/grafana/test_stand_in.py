"""The stand-in answers what a real Grafana 12.4 answered, request by request: it must not be kinder."""

import json
import re
from pathlib import Path

import pytest
import requests

from tests.fixtures.grafana.stand_in import StandIn

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "grafana" / "recordings"
# These differ from run to run, or (slugs of long and foreign titles) play no part for us: only their type counts.
VOLATILE = {"id", "folderId", "created", "updated", "createdBy", "updatedBy", "url", "slug", "folderUrl", "parents"}
VOLATILE |= {"updated", "typeName"}
EXISTING = [("vigie-a", "Vigie A"), ("vigie-b", "Vigie B")]
EXISTING_FOLDERS = dict.fromkeys(["06-dashboards-save", "11-rule-groups", "11b-rule-groups-more"], EXISTING)
NOTICES = {"12-exports-contact-points", "13-contact-points", "14-policies", "14b-policies-poison", "15-mute-timings"}
EXPORTED = {
    "email": {"addresses": "ops@example.invalid"},
    "slack": {"url": "http://127.0.0.1:9/slack"},
    "webhook": {"url": "http://127.0.0.1:9/hook", "username": "u", "password": "not-a-real-secret"},
}
MADE_UP_UIDS = {"its generated uid", "the uid is another one (delete and create)"}


@pytest.fixture
def stand_in():
    server = StandIn()
    yield server
    server.stop()


def send(url, request):
    body = request["body"]
    data = None if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    with requests.Session() as session:
        answer = session.request(
            request["method"], url + request["path"], data=data, headers=request["headers"], timeout=20
        )
    return answer.status_code, answer.json() if answer.content else ""


def prepare(state, recording, note):
    """Bring about what was there in Grafana, but by requests that were not recorded."""
    if recording == "04-folders" and note == "counts of descendants":
        state.save_dashboard({"dashboard": {"uid": "vigie-in", "title": "In"}, "folderUid": "vigie-child"})
    if recording == "04-folders" and note in {"counts with a rule", "delete a parent whose child holds rules"}:
        child = note != "counts with a rule"
        state.create_folder({"uid": "vigie-a", "title": "Vigie A"})
        state.create_folder({"uid": "vigie-inner", "title": "Inner", "parentUid": "vigie-a"} if child else {})
        rule = {"uid": "vigie-up", "title": "Up", "data": [], "noDataState": "OK", "execErrState": "OK"}
        group = {"interval": 60, "rules": [rule]}
        assert state.put_group("vigie-inner" if child else "vigie-a", "vigie", group, {}).status == 200
    if recording == "11b-rule-groups-more" and not state.groups:
        rules = [
            {"uid": uid, "title": title, "for": "5m", "data": [], "noDataState": "OK", "execErrState": "OK"}
            for uid, title in (("vigie-1", "One"), ("vigie-2", "Two"))
        ]
        assert state.put_group("vigie-a", "vigie", {"interval": 60, "rules": rules}, {}).status == 200
    if recording == "18-annotations" and not state.dashboards:
        state.save_dashboard({"dashboard": {"uid": "vigie-d1", "title": "D1", "panels": []}})
    if recording == "07-search" and not state.folders:
        state.create_folder({"uid": "vigie-a", "title": "Vigie A"})
        state.create_folder({"uid": "vigie-b", "title": "Vigie B", "parentUid": "vigie-a"})
    if recording in NOTICES:
        prepare_notices(state, recording, note)


def prepare_notices(state, recording, note):
    if recording == "12-exports-contact-points":
        for kind, settings in EXPORTED.items():
            body = {"uid": f"vigie-{kind}", "name": f"vigie-{kind}", "type": kind, "settings": settings}
            assert state.create_contact_point(body, {}).status == 202
    if recording.startswith("14") and not state.contact_points:
        for name in ("vigie-a", "vigie-b"):
            body = {"uid": name, "name": name, "type": "webhook", "settings": {"url": "http://127.0.0.1:9/hook"}}
            assert state.create_contact_point(body, {}).status == 202
        assert state.create_timing({"name": "vigie-nights"}, {}).status == 201
    if note == "provenance: put with X-Disable-Provenance on the default tree":
        state.policies = {"receiver": "empty", "group_by": ["grafana_folder", "alertname"]}
    if note == "delete one in use by the root policy":
        nested = {"receiver": "vigie-slack", "object_matchers": [["severity", "=", "critical"]]}
        tree = {"receiver": "vigie-email", "group_by": ["alertname"], "routes": [nested]}
        assert state.put_policies(tree, {}).status == 202
    if note == "delete one in use by a policy":
        tree = {"receiver": "empty", "routes": [{"mute_time_intervals": ["vigie-nights"]}]}
        assert state.put_policies(tree, {}).status == 202
    if note == "provenance: put with X-Disable-Provenance over provenance api" and recording == "15-mute-timings":
        assert state.put_policies({"receiver": "empty"}, {}).status == 202


def difference(expected, actual, trimmed, sent, path="body"):
    """Return the first place at which the stand-in's answer differs from Grafana's, None when there is none."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in expected.keys() | (set() if trimmed else actual.keys()):
            if trimmed and expected[key] is None and key not in actual:
                continue  # whoever shortened it wrote null for what was not there
            if key not in expected or key not in actual:
                return f"{path}.{key} is on one side only"
            if key in VOLATILE or (key == "uid" and not sent) or is_fingerprint(expected[key]):
                if type(expected[key]) is not type(actual[key]):
                    return f"{path}.{key}: {expected[key]!r} is of another type than {actual[key]!r}"
            elif problem := difference(expected[key], actual[key], trimmed, sent, f"{path}.{key}"):
                return problem
        return None
    if trimmed and isinstance(expected, list) and isinstance(actual, list):  # shortened to the members that matter
        present = {item["uid"]: item for item in actual if isinstance(item, dict) and "uid" in item}
        actual = [
            present.get(item["uid"], item) for item in expected if isinstance(item, dict) and "uid" in item
        ] or actual
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        problems = (
            difference(left, right, trimmed, sent, f"{path}[{index}]")
            for index, (left, right) in enumerate(zip(expected, actual, strict=True))
        )
        return next(filter(None, problems), None)
    return None if expected == actual else f"{path}: expected {expected!r}, actual {actual!r}"


def is_fingerprint(value):
    """Tell whether this is how Grafana marks the content of a template or timing."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{16}", value) is not None


def with_our_ids(request, ids):
    board = request["body"].get("dashboard") if isinstance(request["body"], dict) else None
    if not isinstance(board, dict) or board.get("id") not in ids:
        return request
    return request | {"body": request["body"] | {"dashboard": board | {"id": ids[board["id"]]}}}


def names_its_uid(entry):
    request = entry["request"]
    if entry["note"] in MADE_UP_UIDS:
        return False
    body = request["body"]
    if not isinstance(body, dict) or request["method"] != "POST":
        return True
    board = body.get("dashboard", body)
    return not isinstance(board, dict) or "uid" in board or "metadata" in board


@pytest.mark.parametrize("recording", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.stem)
def test_answers_as_grafana_did(stand_in, recording):
    for uid, title in EXISTING_FOLDERS.get(recording.stem, ()):
        stand_in.state.create_folder({"uid": uid, "title": title})
    wrong = []
    ids = {}  # the recording's number of a dashboard to the stand-in's
    for entry in json.loads(recording.read_text()):
        prepare(stand_in.state, recording.stem, entry["note"])
        status, body = send(stand_in.url, with_our_ids(entry["request"], ids))
        expected = entry["response"]
        if isinstance(expected["body"], dict) and "id" in expected["body"] and "id" in body:
            ids[expected["body"]["id"]] = body["id"]
        if status != expected["status"]:
            wrong.append(f"{entry['note']}: status {status} instead of {expected['status']}: {body}")
        elif problem := difference(expected["body"], body, entry.get("trimmed"), names_its_uid(entry)):
            wrong.append(f"{entry['note']}: {problem}")
    assert not wrong, "\n".join(wrong)
    assert stand_in.unknown == []


def test_answers_501_to_what_it_does_not_know_and_remembers_it(stand_in):
    request = {"method": "GET", "path": "/api/search?tag=vigie", "headers": {"Authorization": "x"}, "body": None}
    assert send(stand_in.url, request)[0] == 501
    assert stand_in.unknown == ["GET /api/search?tag=vigie"]


def test_wants_credentials(stand_in):
    request = {"method": "GET", "path": "/api/folders/vigie-a", "headers": {}, "body": None}
    status, body = send(stand_in.url, request)
    assert (status, body["messageId"]) == (401, "auth.unauthorized")
