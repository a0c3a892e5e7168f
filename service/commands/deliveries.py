"""`espace deliveries`: what waits to be delivered, and what was given up."""

from pathlib import Path

import click

from kit import outbox
from kit.outbox import Waiting
from service.commands.common import answer, as_json, table, with_house
from service.failure import Failure
from service.house import House


@click.group()
def deliveries() -> None:
    """Messages, sign-outs and signals on their way. What they hold is sealed and never shown."""


@deliveries.command("list")
@click.option("--waiting", is_flag=True, help="Those not done yet, instead of those that were given up.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@as_json
@click.pass_obj
def list_deliveries(folder: Path | None, waiting: bool, limit: int, as_json: bool) -> None:
    """What was given up after twelve tries, the oldest first: its kind, whom it is for, why it failed."""

    async def work(house: House) -> list[Waiting]:
        return await house.ground.database.read(lambda db: outbox.undone(db, dead=not waiting, limit=limit))

    found = with_house(folder, work)
    names = ("id", "kind", "about", "attempts", "due_at", "dead_at", "last_error")
    if as_json:
        answer([{name: getattr(one, name) for name in names} for one in found])
    else:
        title = "Waiting" if waiting else "Given up"
        table(title, names, [[getattr(one, name) for name in names] for one in found])


@deliveries.command()
@click.argument("which", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that was given up.")
@as_json
@click.pass_obj
def retry(folder: Path | None, which: str | None, everything: bool, as_json: bool) -> None:
    """Try again what was given up: one delivery (out_…), or --all. The worker does it at its next turn."""
    if bool(which) == everything:
        raise Failure("Name one delivery, or say --all.")

    async def work(house: House) -> int:
        now = house.ground.clock.now()
        return await house.ground.database.work(lambda db: outbox.again(db, now, which))

    done = with_house(folder, work)
    if which and not done:
        raise Failure(f"Nothing was given up under the name {which}. See: espace deliveries list")
    answer({"tried_again": done}) if as_json else click.echo(f"To be tried again: {done}.")
