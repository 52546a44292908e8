"""Export, adopt and events, as a person runs them, against the stand-in."""

import json

import pytest
import yaml
from click.testing import CliRunner

from tests.fixtures.grafana.stand_in import StandIn
from vigie.core.errors import ProblemError, UsageProblemError
from vigie.provision.command import provision
from vigie.provision.event_command import event, parse_tag

BOARD = {"uid": "shop", "title": "Shop", "tags": ["mine"], "panels": [], "templating": {"list": []}}


@pytest.fixture
def grafana(monkeypatch, tmp_path):
    server = StandIn()
    monkeypatch.setenv("VIGIE_GRAFANA_URL", server.url)
    monkeypatch.setenv("VIGIE_GRAFANA_TOKEN", "not-a-real-token")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    server.state.create_folder({"uid": "team", "title": "Team Shop"})
    server.state.save_dashboard({"dashboard": BOARD, "folderUid": "team"})
    yield server
    server.stop()
    assert server.unknown == []


def run(*arguments, command=provision):
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_export_writes_everything_and_changes_nothing(grafana, tmp_path):
    rule = {"uid": "r", "title": "R", "data": [], "noDataState": "OK", "execErrState": "OK"}
    grafana.state.put_group("team", "a/b", {"interval": 10, "rules": [rule]}, {})
    writes = grafana.state.writes
    done = run("export", "out")
    assert done.output == "1 boards and 1 rule groups written to out\n"
    assert json.loads((tmp_path / "out/boards/Team Shop/shop.json").read_text()) == BOARD
    assert json.loads((tmp_path / "out/rule-groups/team/a%2Fb.json").read_text())["rules"][0]["title"] == "R"
    assert grafana.state.writes == writes
    with pytest.raises(UsageProblemError, match="out is not empty"):
        run("export", "out")


def test_an_adopted_board_is_declared_and_the_original_stays(grafana, tmp_path):
    assert run("adopt", "shop").output == "adopted: site/boards/Team Shop/shop.json\n"
    assert run("apply", "--grafana").exit_code == 0
    boards = grafana.state.dashboards
    assert boards["shop"]["board"] == BOARD
    assert boards["vigie-shop"]["board"] == BOARD | {"uid": "vigie-shop", "tags": ["mine", "vigie"]}
    place = boards["vigie-shop"]["folderUid"]
    folder = grafana.state.folders[place]
    assert (folder["title"], folder["parentUid"]) == ("Team Shop", "vigie-boards")
    assert run("drift", "--grafana").exit_code == 0
    assert run("adopt", "shop").exit_code == 0  # the same text again
    (tmp_path / "site/boards/Team Shop/shop.json").write_text("{}")
    with pytest.raises(ProblemError, match="is there already: nothing was written"):
        run("adopt", "shop")


def test_an_adopted_folder_brings_its_sub_folders_under_their_names(grafana, tmp_path):
    for uid, title, parent in (("in", "Ünï/Web", "team"), ("deep", ".deep", "in")):
        grafana.state.create_folder({"uid": uid, "title": title, "parentUid": parent})
        board = {"uid": f"{uid}-board", "title": title, "panels": []}
        grafana.state.save_dashboard({"dashboard": board, "folderUid": uid})
    assert run("adopt", "team").exit_code == 0
    files = sorted(str(path.relative_to(tmp_path / "site/boards")) for path in (tmp_path / "site").rglob("*.json"))
    names = ["Team Shop/shop.json", "Team Shop/Ünï-Web/-deep/deep-board.json", "Team Shop/Ünï-Web/in-board.json"]
    assert files == names
    assert run("apply", "--grafana").exit_code == 0
    copies = {folder["title"]: folder for folder in grafana.state.folders.values() if "vigie" in folder["uid"]}
    assert copies["-deep"]["parentUid"] == copies["Ünï-Web"]["uid"]
    assert copies["Ünï-Web"]["parentUid"] == copies["Team Shop"]["uid"]
    assert run("drift", "--grafana").exit_code == 0


@pytest.mark.usefixtures("grafana")
def test_a_board_of_ours_keeps_its_place_when_it_is_adopted():
    run("adopt", "shop")
    run("apply", "--grafana")
    assert run("adopt", "vigie-shop", "--overwrite").output == "adopted: site/boards/Team Shop/shop.json\n"


@pytest.mark.usefixtures("grafana")
def test_both_take_the_flag_that_the_other_verbs_need():
    assert run("export", "out", "--grafana").exit_code == 0
    assert run("adopt", "shop", "--grafana").exit_code == 0


def test_what_was_changed_by_hand_can_be_adopted(grafana):
    run("apply", "--grafana")
    grafana.state.dashboards["vigie-usage"]["board"]["title"] = "Usage, mine"
    assert run("drift", "--grafana").exit_code == 2
    assert run("adopt", "vigie-usage").output == "adopted: site/boards/usage.json\n"
    assert run("drift", "--grafana").exit_code == 0


@pytest.mark.usefixtures("grafana")
def test_adopt_names_what_is_missing():
    with pytest.raises(ProblemError, match="has no board nowhere"):
        run("adopt", "shop", "nowhere")


def test_several_grafanas_of_one_configuration(grafana, tmp_path, monkeypatch):
    monkeypatch.delenv("VIGIE_GRAFANA_URL")
    monkeypatch.delenv("VIGIE_GRAFANA_TOKEN")
    other = StandIn()
    try:
        (tmp_path / "token").write_text("not-a-real-token\n")
        servers = [
            {"name": "eu", "url": grafana.url, "token_file": str(tmp_path / "token")},
            {"name": "us", "url": other.url, "token_file": str(tmp_path / "token"), "datasource_url": "http://us:9090"},
        ]
        config = tmp_path / "vigie.yml"
        config.write_text(yaml.safe_dump({"provision": {"grafanas": servers}}))
        assert "eu:\n" in run("plan", "--grafana", "--config", config).output
        done = json.loads(run("apply", "--grafana", "--json", "--config", config).stdout)["results"]
        assert {change["target"] for change in done} == {"eu", "us"}
        urls = [server.state.datasources["vigie-prometheus"]["url"] for server in (grafana, other)]
        assert urls == ["http://127.0.0.1:9090", "http://us:9090"]
        grafana.is_away = True
        other.state.dashboards["vigie-host"]["board"]["title"] = "Changed"
        flags = ("--grafana", "--config", config, "--attempts", "1")
        with pytest.raises(ProblemError, match="answered 503"):
            run("apply", *flags)
        assert other.state.dashboards["vigie-host"]["board"]["title"] == "Host"
        with pytest.raises(UsageProblemError, match="expected --name"):
            run("adopt", "vigie-host", "--config", config)
        assert run("adopt", "vigie-host", "--name", "us", "--config", config).exit_code == 0
        with pytest.raises(UsageProblemError, match="and not both"):
            run("plan", *flags, "--grafana-url", other.url)
    finally:
        other.stop()


def test_an_event_is_an_annotation_that_our_boards_show(grafana):
    assert run("deployed 1.4", "--tag", "service=web", "--tag", "env=prod", command=event).exit_code == 0
    [mark] = grafana.state.annotations
    assert (mark["text"], mark["tags"]) == ("deployed 1.4", ["vigie", "service:web", "env:prod"])
    assert mark["time"] > 1_700_000_000_000


@pytest.mark.parametrize("tag", ["", "web", "=web", "service="])
def test_a_tag_is_a_key_and_a_value(tag):
    with pytest.raises(UsageProblemError, match="expected KEY=VALUE"):
        parse_tag(tag)


def test_an_event_is_not_sent_twice(grafana):
    grafana.is_away = True
    with pytest.raises(ProblemError, match="answered 503"):
        run("deployed", command=event)
    grafana.is_away = False
    assert grafana.state.annotations == []
