"""The `espace` command: one name a line, each command found in its own file when it is asked for."""

import gc
import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kit.problems import Refusal
from kit.settings import BadSettings
from service.failure import Failure

COMMANDS: Mapping[str, str] = {
    "demo": "service.commands.demo:demo",
    "serve": "service.commands.serve:serve",
    "worker": "service.commands.serve:worker",
    "migrate": "service.commands.migrate:migrate",
    "keys": "service.commands.keys:keys",
    "clients": "service.commands.clients:clients",
    "people": "service.commands.people:people",
    "accounts": "service.commands.accounts:accounts",
    "links": "service.commands.links:links",
    "deliveries": "service.commands.deliveries:deliveries",
    "signals": "service.commands.signals:signals",
    "journal": "service.commands.journal:journal",
    "purge": "service.commands.purge:purge",
    "sandbox": "sandbox.cli:sandbox",
}
"""Command -> where it is."""


class Espace(click.Group):
    """Loads a command when it is used; turns what went wrong into one sentence and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = COMMANDS.get(cmd_name)
        if where is None:
            return None
        module, _, name = where.partition(":")
        gc.disable()  # what is loaded stays for good: looking among it for what may go would take a quarter of a second
        try:
            found: click.Command = getattr(importlib.import_module(module), name)
        finally:
            gc.enable()
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BadSettings as error:
            fail("These settings cannot be used:", *str(error).splitlines(), code=2)
        except Refusal as refusal:
            fail(f"Refused: {refusal.description} ({refusal.code})")
        except Failure as failure:
            fail(str(failure))


def fail(first: str, *more: str, code: int = 1) -> None:
    """Say what went wrong on standard error, and leave."""
    click.secho(first, err=True, fg="red")
    for line in more:
        click.echo(f"  {line}", err=True)
    sys.exit(code)


@click.group(cls=Espace, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="espace", message="espace %(version)s")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file of settings (or ESPACE_CONFIG). docs/settings.md has them all.",
)
@click.option(
    "--data",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Work on the demo that is kept in this folder, instead of what the settings say.",
)
@click.pass_context
def main(context: click.Context, config: Path | None, folder: Path | None) -> None:
    """Identity and consent provider of a national health space.

    Start with `espace demo`. A deployment runs `espace migrate`, then `espace serve` and `espace worker`.
    """
    if config is not None:
        os.environ["ESPACE_CONFIG"] = str(config.resolve())
    context.obj = folder
