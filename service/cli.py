"""The `espace` command."""

from pathlib import Path

import click


@click.group()
def main() -> None:
    """Identity and consent provider."""


@main.command()
@click.option("--port", default=8000)
@click.option("--data", default="var/demo", type=Path)
@click.option("--reload", is_flag=True)
@click.option("--verbose", is_flag=True)
def demo(port: int, data: Path, reload: bool, verbose: bool) -> None:
    from service.demo.run import run

    run(data, port, reload=reload, verbose=verbose)
