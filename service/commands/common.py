"""What commands share: the house that the settings name, answers for people and for scripts."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from asyncpg.exceptions import PostgresError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from keys.device import NoDevice
from kit.seals import Broken
from service.failure import Failure
from service.house import House, compose
from service.settings import Settings, check, read

T = TypeVar("T")
console = Console(width=None if sys.stdout.isatty() else 160)

as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for scripts.")


def settings_of(folder: Path | None) -> Settings:
    """The settings of this command, checked. Raises BadSettings."""
    if folder is None:
        found = read()
    else:
        from service.demo.folder import Folder

        found = Folder(folder.resolve()).found(read())
    check(found)
    return found


def with_house(folder: Path | None, work: Callable[[House], Awaitable[T]]) -> T:
    """Do `work` with the house of the settings, open. Raises BadSettings, Failure."""
    settings = settings_of(folder)

    async def whole() -> T:
        house = compose(settings, clock=_clock(folder))
        try:
            return await work(house)
        finally:
            await house.close()

    try:
        return asyncio.run(whole())
    except Broken as error:
        raise Failure("The master key is not the one that this database was written under.") from error
    except NoDevice as error:
        raise Failure(f"The device that keeps our keys cannot be used: {error}") from error
    except (OperationalError, ProgrammingError) as error:
        if "no such table" in str(error.orig) or "does not exist" in str(error.orig):
            raise Failure("The database is blank or of another version: run espace migrate.") from error
        raise Failure(f"The database does not answer: {_why(error)}") from error
    except (OSError, PostgresError) as error:
        raise Failure(f"The database does not answer: {error}") from error


def _clock(folder: Path | None) -> Any:
    if folder is None:
        return None
    from service.demo.folder import Folder

    return Folder(folder.resolve()).clock


def _why(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0][:200]


def answer(value: Any) -> None:
    """JSON on standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table for the eye."""
    shown = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*("" if cell is None else _cell(cell) for cell in row))
    console.print(shown)


def facts(pairs: Sequence[tuple[str, Any]]) -> None:
    """Names and values, one a line."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, value in pairs:
        grid.add_row(name, "" if value is None else _cell(value))
    console.print(grid)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(str(one) for one in value))
    return str(value)
