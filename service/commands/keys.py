"""`espace keys`: our key pairs, and the master key's file."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from keys import making, rotation, store
from keys.making import Stock
from keys.records import OwnKey, State
from service import master_key
from service.alone import alone
from service.commands.common import answer, as_json, table, with_house
from service.house import House

_SHOWN = ("kid", "algorithm", "state", "created_at", "promoted_at", "retired_at", "dies_at")


@click.group()
def keys() -> None:
    """Our keys: those that sign are known to all before they do, and still published after they stopped."""


@keys.command("list")
@as_json
@click.pass_obj
def list_keys(folder: Path | None, as_json: bool) -> None:
    """Every key: announced, signing, opened with, or retired and still good for what it did."""

    async def work(house: House) -> list[dict[str, Any]]:
        seal = house.ground.vault.seal(store.PURPOSE)
        return [_facts(key) for key in await house.ground.database.read(lambda db: store.all_keys(db, seal))]

    found = with_house(folder, work)
    if as_json:
        answer(found)
    else:
        table("Keys", _SHOWN, [[one[name] for name in _SHOWN] for one in found])


@keys.command()
@click.option(
    "--now",
    "at_once",
    is_flag=True,
    help="Sign with the new keys at once; who caches our keys may refuse them for a while.",
)
@as_json
@click.pass_obj
def rotate(folder: Path | None, at_once: bool, as_json: bool) -> None:
    """Announce new keys, or sign with the announced ones when they were published long enough.

    Run it, wait for `keys.announce_for`, run it again. The worker does the same by itself every `keys.rotate_every`.
    The keys that others encrypt to change when the new ones are announced; the former ones go on opening.
    """
    done = with_house(folder, lambda house: _rotate(house, at_once))
    if as_json:
        answer(done)
        return
    for key in done["announced"]:
        click.echo(f"Announced: {key}")
    for algorithm in done["promoted"]:
        click.echo(f"{algorithm}: the announced key signs now.")
    if done["ready_at"]:
        click.echo(f"Run it again after {done['ready_at']} to sign with them.")


@keys.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def master(file: Path) -> None:
    """Make a master key in FILE, readable by its owner alone. Keep a copy in a safe: without it the data is lost."""
    master_key.make(file, must_be_new=True)
    click.echo(f"Made {file}. Point master_key_file at it.")


async def _rotate(house: House, at_once: bool) -> dict[str, Any]:
    database, vault, settings, now = (
        house.ground.database,
        house.ground.vault,
        house.settings.keys,
        house.ground.clock.now(),
    )
    wanted = await database.read(lambda db: rotation.next_ones(db, vault, settings))
    stock = await making.stock(settings, wanted, now)
    made, newest = await database.work(lambda db: _announce(db, house, stock, now))
    ready_at = newest + settings.announce_for
    said = {"announced": [key.kid for key in made], "promoted": [], "ready_at": ready_at}
    if not at_once and now < ready_at:
        return said
    known_to_all_at = newest + 2 * settings.refresh_every  # every process of ours, before one of them signs
    await asyncio.sleep(max(0.0, (known_to_all_at - now).total_seconds()))
    promoted = await database.work(lambda db: _promote(db, house))
    return said | {"promoted": promoted, "ready_at": None}


def _announce(db: Connection, house: House, stock: Stock, now: datetime) -> tuple[list[OwnKey], datetime]:
    """The keys made, and when the newest of all that wait was."""
    alone(db, "signing keys")
    settings, vault = house.settings.keys, house.ground.vault
    made = rotation.announce(db, vault, settings, now, stock)
    waiting = [key for key in store.all_keys(db, vault.seal(store.PURPOSE)) if key.state is State.ANNOUNCED]
    return made, max(key.created_at for key in waiting)


def _promote(db: Connection, house: House) -> list[str]:
    alone(db, "signing keys")
    return rotation.promote(db, house.settings.keys, house.ground.clock.now())


def _facts(key: OwnKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in _SHOWN}
