"""The `vigie` command: finds each subcommand where it lives and imports it only when it is called."""

import importlib
import sys

import click

from vigie import __version__
from vigie.core import builtin, deferred, namespace_check
from vigie.core.errors import ProblemError, UsageProblemError

# Each part brings its own commands; this table is all that the command knows of them.
COMMANDS = {
    "alert": ("vigie.provision.alert_command:alert", "Send a test alert, or look what alerts would have fired."),
    "config": ("vigie.config_command:config", "Check a configuration file, all sections at once."),
    "console": ("vigie.console.command:console", "Show the fleet as pages."),
    "consul-acl": ("vigie.stack.consul_acl.command:consul_acl", "Make secrets, and Consul's roles and tokens."),
    "discovery": ("discovery.command:discovery", "Turn Consul's catalog into Prometheus targets."),
    "downtime": ("vigie.provision.downtime_command:downtime", "Silence alerts for a time."),
    "doctor": ("vigie.doctor.command:doctor", "Follow a host through the whole chain, and say where it breaks."),
    "down": ("vigie.stack.command:down", "Stop the stack that `vigie up --detach` started."),
    "event": ("vigie.provision.event_command:event", "Mark on all boards that something happened."),
    "exporter": ("exporter.command:exporter", "Measure this host and announce it in Consul."),
    "inbox": ("alerting.delivery.inbox:inbox", "Receive alerts on this machine and log them."),
    "integrations": ("exporter.integrations_command:integrations", "Show what runs here and is watched, or could be."),
    "lint": ("vigie.lint_command:lint", "Check rules, routes, boards, the site folder, pages and doctor's steps."),
    "logs": ("vigie.stack.command:logs", "Show the log of one server of the stack."),
    "provision": ("vigie.provision.command:provision", "Bring Grafana and the rule files to their desired state."),
    "render": ("vigie.stack.rendering.command:render", "Write the configurations that compose's containers read."),
    "routes": ("vigie.provision.routes_command:routes", "Bring routes over from an alertmanager.yml."),
    "smart": ("exporter.smart_command:smart", "Ask the disks for their health, as root, for the exporter to show."),
    "status": ("vigie.stack.command:status", "Show what runs in the stack."),
    "usage": ("vigie.console.usage.command:usage", "Show who has how many series, and who has too many."),
    "up": ("vigie.stack.command:up", "Run the whole stack on this machine."),
}


class Lazy(click.Group):
    """A group whose commands are imported when they are called, so that the agent loads only the exporter."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all subcommands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the subcommand, imported from its part; raise ProblemError when its extra is not installed."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name == "exporter":  # it runs on every machine, and its memory is somebody else's
            deferred.defer()
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        try:
            command = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] in {*namespace_check.PARTS, "vigie"} and not is_agent():
                raise
            raise ProblemError(
                f"`vigie {cmd_name}` needs {error.name}, which this environment lacks: install the distribution "
                "vigie-monitoring in an environment of its own, or in a checkout `pip install '.[server]'`"
            ) from error
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the subcommands' help from the table, which imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


def is_agent() -> bool:
    """Tell whether this is `vigie-agent`, which lacks most commands."""
    return namespace_check.installed_distributions(builtin.ROOT) == {"vigie_agent"}


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vigie", message="vigie, version %(version)s")
def cli() -> None:
    """Watch hosts and containers with Prometheus, Alertmanager, Consul and Grafana."""


def main() -> None:
    """Run the command; the one place where errors become a sentence and an exit code."""
    try:
        namespace_check.check()
        code = cli.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        code = UsageProblemError.exit_code
    except click.Abort:
        code = 130
    except ProblemError as error:
        print(f"vigie: {error}", file=sys.stderr)  # noqa: T201 - the one sentence a person sees
        code = error.exit_code
    sys.exit(code)
