"""Every flag in README, docs and compose exists: in one of our commands, or in the program that it belongs to."""

import re

import click
import pytest

from tests.test_structure import ROOT
from vigie.command import cli

FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9]*(?:[.-][a-z0-9_]+)*(?![\w<…*])")
DOCUMENTS = sorted(
    path
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "compose/**/*")
    for path in ROOT.glob(pattern)
    if path.is_file() and "__pycache__" not in path.parts
)
# Those that the documents name of other programs.
FOREIGN = {
    "alertmanager": """--cluster.gossip-interval --cluster.listen-address --cluster.peer
        --config.file --dispatch.start-delay --storage.path --web.external-url --web.route-prefix""",
    "amtool": "--alertmanager.url --force",
    "aws": "--cli-input-json --output --query --secret-id",
    "git, gpg": "--quick-generate-key --sign --verify",
    "apt-get, dpkg, useradd, groupadd": """--allow-downgrades --force-confold --gid --home-dir --no-create-home --shell
        --system --uid --user-group --yes""",
    "curl": """--cacert --fail --header --request --retry --retry-connrefused --retry-delay --show-error --silent
        --upload-file""",
    "grep": "--only-matching",
    "docker": """--build-arg --cap-drop --env --env-file --file --from --group-add --interval --memory --network --pid
        --read-only --restart --retries --rm --security-opt --start-period --target --user""",
    "mv": "--no-clobber",
    "golden_peer, bench_discovery": "--node-exporter --procfs",
    "node_exporter": """--collector.qdisc.fixtures --collector.wifi.fixtures --help-long --log.format --log.level
        --runtime.gomaxprocs""",
    "pip": """--constraint --disable-pip-version-check --find-links --index-url --no-deps --no-index --quiet
        --require-hashes --requirement""",
    "postgresql": "--clean --dbname --format --if-exists --quiet --username",
    "prometheus": """--config.file --rules.alert.resend-delay --storage.tsdb.path --storage.tsdb.retention.time
        --web.enable-lifecycle --web.external-url --web.route-prefix""",
    "pytest": "--update-goldens",
    "systemctl": "--no-pager --now --property --value",
}
# How a flag is written where any is meant, and those of node_exporter whose absence the documents explain.
EXAMPLES = {
    "--url",
    "--flag",
    "--no-flag",
    "--collector",
    "--web",
    "--collector.filesystem.stat-workers",
    "--collector.netclass_rtnl.with-stats",
}


def flags_of(command, context):
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option):
            yield from (*parameter.opts, *parameter.secondary_opts)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from flags_of(command.get_command(context, name), context)


OURS = set(flags_of(cli, click.Context(cli)))
KNOWN = OURS | EXAMPLES | {flag for flags in FOREIGN.values() for flag in flags.split()}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_flag_exists(document):
    assert sorted(set(FLAG.findall(document.read_text())) - KNOWN) == [], "no command has these flags"


def test_every_flag_of_other_programs_is_still_named():
    named = {flag for document in DOCUMENTS for flag in FLAG.findall(document.read_text())}
    assert sorted(KNOWN - OURS - named) == [], "no document names these any more: take them out of this file"
