"""`espace demo`."""

from pathlib import Path

import click

from service.demo.party import Suite

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
@click.option(
    "--conformance",
    is_flag=True,
    help="Open to a conformance suite: dynamic registration, the compat profile, a person without a second proof.",
)
@click.option("--suite", default=Suite().origin, show_default=True, help="The suite's address, for --conformance.")
@click.option("--alias", default=Suite().alias, show_default=True, help="The alias of the suite's plans.")
@click.option(
    "--tls", is_flag=True, help="Answer by https, with a certificate made here (DATA/tls/ca.pem vouches for it)."
)
@click.option(
    "--issuer", default="", help="The address that others use, when it is not localhost: https://demo.test:8000"
)
@click.option("--host", default="", help="An address to listen on beside this machine's own (0.0.0.0: on all of them).")
@click.option("--reload", is_flag=True, help="Start again at each change of a file.")
@click.option("--verbose", is_flag=True, help="One line a request.")
def demo(
    port: int,
    data: Path,
    conformance: bool,
    suite: str,
    alias: str,
    tls: bool,
    issuer: str,
    host: str,
    reload: bool,
    verbose: bool,
) -> None:
    """The whole product with made-up people, on this machine alone.

    DATABASE_URL=postgresql://… keeps its data on PostgreSQL. DATA/demo.json tells scripts what they need
    (docs/automation.md).
    """
    from service.demo.run import run
    from service.demo.shape import Shape

    shape = Shape(
        port=port, issuer=issuer, host=host, tls=tls, suite=Suite(suite.rstrip("/"), alias) if conformance else None
    )
    why = shape.fault()
    if why:
        raise click.UsageError(why)
    run(data, shape, reload=reload, verbose=verbose)
