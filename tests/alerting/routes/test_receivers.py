"""Every integration of Alertmanager can be said; amtool of the version that is there accepts what is made of it."""

import pytest
import yaml

from alerting.routes.integrations import INTEGRATIONS
from alerting.tools import amtool
from tests.alerting.routes.test_render import FULL, write_files
from vigie.core.errors import UsageProblemError
from vigie.stack.servers import find

# The least that Alertmanager's documentation asks of each.
LEAST = {
    "discord": {"webhook_url": "https://discord.example/1"},
    "incidentio": {"url": "https://incident.example/1", "alert_source_token_file": "/etc/token"},
    "jira": {"api_url": "https://jira.example", "project": "OPS", "issue_type": "Incident"},
    "mattermost": {"webhook_url_file": "/etc/mattermost"},
    "msteams": {"webhook_url": "https://teams.example/1"},
    "pushover": {"user_key": "not-a-real-key", "token": "not-a-real-token"},
    "rocketchat": {"token_id_file": "/etc/id", "token_file": "/etc/token", "channel": "ops"},
    "sns": {"topic_arn": "arn:aws:sns:eu-west-1:123456789012:ops", "sigv4": {"region": "eu-west-1"}},
    "telegram": {"bot_token": "not-a-real-token", "chat_id": -100},
    "victorops": {"routing_key": "ops", "api_key_file": "/etc/victorops"},
    "webex": {"room_id": "room", "http_config": {"authorization": {"credentials_file": "/etc/webex"}}},
    "wechat": {"corp_id": "corp", "api_secret": "not-a-real-secret"},
}


@pytest.fixture
def write(tmp_path):
    """Return `write(receiver, version)`: Alertmanager's file for routes with this receiver as `inbox`."""

    def write(receiver, version):
        document = yaml.safe_load(FULL)
        document["receivers"]["inbox"] = receiver
        return write_files(tmp_path, yaml.safe_dump(document), version)

    return write


def receiver_in(file):
    return next(member for member in yaml.safe_load(file.read_text())["receivers"] if member["name"] == "inbox")


def test_each_has_an_example():
    assert LEAST.keys() == INTEGRATIONS.keys()


@pytest.mark.parametrize("name", LEAST)
def test_the_words_are_alertmanagers_and_our_texts_stand_in(write, name):
    [way] = receiver_in(write({name: LEAST[name]}, (0, 34)))[f"{name}_configs"]
    assert way == {"send_resolved": True, **INTEGRATIONS[name].texts, **LEAST[name]}


@pytest.mark.integration
@pytest.mark.parametrize("name", LEAST)
def test_amtool_accepts_it_and_a_version_without_it_is_told(write, name):
    tool = find("amtool")
    version = tuple(int(part) for part in tool.version.split(".")[:2])
    if version >= INTEGRATIONS[name].since:
        amtool.check_config(tool.path, write({name: LEAST[name]}, version))
    else:
        with pytest.raises(UsageProblemError, match=f"receivers.inbox.{name} needs Alertmanager"):
            write({name: LEAST[name]}, version)


def test_an_own_text_wins_over_ours(write):
    [way] = receiver_in(write({"telegram": {**LEAST["telegram"], "message": "own"}}, (0, 34)))["telegram_configs"]
    assert way["message"] == "own"


def test_raw_ways_come_beside_ours(write):
    raw = {"webhook_configs": [{"url": "https://x.example"}], "opsgenie_configs": [{"api_key": "k", "tags": "a"}]}
    receiver = receiver_in(write({"inbox": True, "raw": raw}, (0, 34)))
    assert [way["url"] for way in receiver["webhook_configs"]] == ["http://127.0.0.1:9112/", "https://x.example"]
    assert receiver["opsgenie_configs"] == raw["opsgenie_configs"]


def test_http_goes_to_every_way_but_mail(write):
    proxy = {"proxy_url": "http://proxy:3128"}
    ways = {"mail": {"to": ["a@b"]}, "webhook": {"url": "https://x", "token_file": "/t"}, "http": proxy}
    receiver = receiver_in(write({**ways, "telegram": LEAST["telegram"]}, (0, 34)))
    assert "http_config" not in receiver["email_configs"][0]
    assert receiver["telegram_configs"][0]["http_config"] == proxy
    assert receiver["webhook_configs"][0]["http_config"] == {**proxy, "authorization": {"credentials_file": "/t"}}


def test_slack_by_an_app_and_a_webhook_with_a_user(write):
    slack = receiver_in(write({"slack": {"channel": "#ops", "token_file": "/t"}}, (0, 30)))["slack_configs"][0]
    assert (slack["app_token_file"], "api_url_file" in slack) == ("/t", False)
    with pytest.raises(UsageProblemError, match=r"receivers.inbox.slack.token_file needs Alertmanager 0.30"):
        write({"slack": {"channel": "#ops", "token_file": "/t"}}, (0, 29))
    hook = {"url": "https://x", "user": "ada", "password_file": "/p", "max_alerts": 5}
    [way] = receiver_in(write({"webhook": hook}, (0, 25)))["webhook_configs"]
    assert way["http_config"] == {"basic_auth": {"username": "ada", "password_file": "/p"}}
    assert way["max_alerts"] == 5


@pytest.mark.parametrize(
    ("receiver", "words"),
    [
        ({"raw": {"smoke_configs": [{}]}}, "smoke_configs is no integration of Alertmanager"),
        ({"silent": True, "inbox": True}, "it has ways to tell people"),
        ({"slack": {"channel": "#ops"}}, "expected either url_file or token_file"),
        ({"webhook": {"url": "https://x", "user": "ada"}}, "expected user and password_file together"),
        ({}, "tells nobody: expected one way at least, or `silent: true`"),
    ],
)
def test_what_cannot_work_is_told(write, receiver, words):
    with pytest.raises(UsageProblemError, match=words):
        write(receiver, (0, 34))


def test_a_silent_one_tells_nobody(write):
    assert receiver_in(write({"silent": True}, (0, 34))) == {"name": "inbox"}
