"""`espace demo`."""

from pathlib import Path

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)
_PORT = click.IntRange(1, 65535)


@click.command()
@click.option("--port", type=_PORT, default=8000, envvar="PORT", show_default=True, help="Port of this machine.")
@click.option(
    "--data",
    type=_FOLDER,
    default=Path("var/demo"),
    envvar="DATA",
    show_default=True,
    help="Folder that keeps the demo between two starts. Remove it to begin anew.",
)
@click.option("--reload", is_flag=True, help="Start again at each change of a file.")
@click.option("--verbose", is_flag=True, help="One line a request.")
def demo(port: int, data: Path, reload: bool, verbose: bool) -> None:
    """The whole product with made-up people, on this machine alone.

    DATABASE_URL=postgresql://… keeps its data on PostgreSQL. DATA/demo.json tells scripts what they need
    (docs/automation.md).
    """
    from service.demo.run import run

    run(data, port, reload=reload, verbose=verbose)
