"""`espace journal`: is the access journal what was written?"""

import sys
from pathlib import Path

import click

from consent import journal as chain
from service.commands.common import answer, as_json, console, table, with_house
from service.house import House


@click.group()
def journal() -> None:
    """The access journal: one chain of lines a person, each tied to the one before it."""


@journal.command()
@click.option("--person", help="One person's chain only (per_…).")
@as_json
@click.pass_obj
def verify(folder: Path | None, person: str | None, as_json: bool) -> None:
    """Read every chain again from its start; find lines that were changed, removed, moved or cut off.

    Exit code 1 when something is not as it was written.
    """

    async def work(house: House) -> chain.Report:
        return await house.ground.database.read(lambda db: chain.verify(db, person))

    with console.status("Reading the journal"):
        report = with_house(folder, work)
    if as_json:
        answer({"whole": report.whole, "people": report.people, "lines": report.lines, "faults": report.faults})
    elif report.whole:
        click.echo(f"Whole: {report.lines} lines of {report.people} people.")
    else:
        rows = [(one.person_id, one.seq, one.kind, one.words) for one in report.faults]
        table("Not as it was written", ("person", "line", "what", "why"), rows)
    if not report.whole:
        sys.exit(1)
