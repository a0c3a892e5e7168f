"""`espace keys`: the keys that sign, and the master key's file."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from keys import rotation, store
from keys.records import SigningKey
from service import master_key
from service.alone import alone
from service.commands.common import answer, as_json, table, with_house
from service.house import House

_SHOWN = ("kid", "algorithm", "state", "created_at", "promoted_at", "retired_at", "dies_at")


@click.group()
def keys() -> None:
    """Signing keys: known to all before they sign, still published after they stopped."""


@keys.command("list")
@as_json
@click.pass_obj
def list_keys(folder: Path | None, as_json: bool) -> None:
    """Every key that is published."""

    async def work(house: House) -> list[dict[str, Any]]:
        seal = house.ground.vault.seal(store.PURPOSE)
        return [_facts(key) for key in await house.ground.database.read(lambda db: store.all_keys(db, seal))]

    found = with_house(folder, work)
    if as_json:
        answer(found)
    else:
        table("Signing keys", _SHOWN, [[one[name] for name in _SHOWN] for one in found])


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
    """

    async def work(house: House) -> dict[str, Any]:
        return await house.ground.database.work(lambda db: _rotate(db, house, at_once))

    done = with_house(folder, work)
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


def _rotate(db: Connection, house: House, at_once: bool) -> dict[str, Any]:
    alone(db, "signing keys")
    settings, vault, now = house.settings.keys, house.ground.vault, house.ground.clock.now()
    made = rotation.announce(db, vault, settings, now)
    waiting = [key for key in store.all_keys(db, vault.seal(store.PURPOSE)) if key.state == "announced"]
    ready_at = max(key.created_at for key in waiting) + settings.announce_for
    if at_once or ready_at <= now:
        return {
            "announced": [key.kid for key in made],
            "promoted": rotation.promote(db, settings, now),
            "ready_at": None,
        }
    return {"announced": [key.kid for key in made], "promoted": [], "ready_at": ready_at}


def _facts(key: SigningKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in _SHOWN}
