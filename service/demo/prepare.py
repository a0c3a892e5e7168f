"""Before the demo serves: the database is brought up to date, filled when it is new, and the card is written."""

import asyncio
import multiprocessing
from multiprocessing.connection import Connection as Pipe
from typing import Any

from asyncpg.exceptions import PostgresError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from kit.database import Database
from kit.seals import Broken, Vault
from service import migration
from service.demo import card, plans, seed
from service.demo.authority import Authority
from service.demo.folder import Folder
from service.demo.shape import Shape
from service.demo.stand import stand
from service.failure import Failure
from service.settings import Settings


def prepare(place: Folder, settings: Settings, shape: Shape, console: Console) -> dict[str, Any]:
    """Do it in a process of its own, whose memory goes with it; gives what the card says. Raises Failure."""
    forked = multiprocessing.get_context("fork")
    here, there = forked.Pipe(duplex=False)
    child = forked.Process(target=_apart, args=(there, place, settings, shape, console))
    child.start()
    there.close()
    try:
        trouble = here.recv()
    except EOFError:
        trouble = "The preparation was interrupted: start again."
    child.join()
    if trouble:
        raise Failure(trouble)
    return card.read(place.path)


def _apart(there: Pipe, place: Folder, settings: Settings, shape: Shape, console: Console) -> None:
    try:
        asyncio.run(_prepare(place, settings, shape, console))
    except Failure as failure:
        there.send(str(failure))
    except KeyboardInterrupt:
        there.send("The preparation was interrupted: start again.")
    else:
        there.send("")


async def _prepare(place: Folder, settings: Settings, shape: Shape, console: Console) -> None:
    shown = make_url(settings.database.url).render_as_string(hide_password=True)
    try:
        database = Database.open(settings.database.url, synchronous=settings.database.synchronous)
        before, after = await migration.migrate(database)
        if before != after:
            console.print(f"Database: schema {after} in {shown}")
        house = stand(settings, place.path, place.clock, database, shape=shape)
        try:
            with _Bars(console) as bars:
                known = await seed.fill(house, bars.told, shape)
            made = await card.make(house, known, card.read(place.path), shape)
        finally:
            await house.close()
    except Broken as error:
        raise Failure(
            f"{shown} was filled under another master key than {place.master_key}. "
            "Use the DATA folder that it was made with, or an empty database."
        ) from error
    except (OSError, ValueError, PostgresError) as error:
        raise Failure(f"{shown} cannot be used: {error}") from error
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise Failure(
            f"{shown} cannot be used: {why}\nTo begin anew, remove {place.path} or empty the database."
        ) from error
    card.write(place.path, made)
    if shape.suite:
        pem = Authority(Vault(settings.master())).pem
        plans.write(place.path, plans.plans(shape.address, shape.suite, known, pem))


class _Bars:
    """Progress on the terminal, one bar for each thing being done."""

    def __init__(self, console: Console) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._known: dict[str, TaskID] = {}

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def told(self, what: str, done: int, of: int) -> None:
        """So much of it is done."""
        if what not in self._known:
            self._known[what] = self._progress.add_task(what.capitalize(), total=of)
        self._progress.update(self._known[what], completed=done)
