"""A board of the site folder in the place of an integration's: a JSON export need not be made as ours are."""

import json

from dashboards.declarations.boards import Boards
from vigie.core.promql import catalogue
from vigie.reconcile.declaration import Inputs

UID = "vigie-integration-redis"


def test_an_export_in_place_of_an_integration_s_board_is_judged_as_the_site_s(tmp_path):
    (tmp_path / "boards").mkdir()
    panel = {"id": 1, "title": "a", "type": "stat", "targets": [{"refId": "A"}]}
    board = {"title": "Ours", "panels": [panel]}
    (tmp_path / "boards" / "integration-redis.json").write_text(json.dumps(board))
    inputs = Inputs(tmp_path)
    assert Boards().grafana_objects(inputs)["boards"][UID]["title"] == "Ours"
    assert [str(problem) for problem in Boards().problems(inputs, catalogue.load()) if "choose" in str(problem)] == []
