"""`espace migrate`."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from clients import store as clients
from keys import making, rotation
from service import migration
from service.alone import alone
from service.commands.common import answer, as_json, with_house
from service.house import House
from service.portal_client import portal_client


@click.command()
@as_json
@click.pass_obj
def migrate(folder: Path | None, as_json: bool) -> None:
    """Bring the database to this version; make what is missing: signing keys, the portal's registration.

    Run it before the servers of a new version start. Running it again changes nothing.
    """
    done = with_house(folder, _migrate)
    if as_json:
        answer(done)
        return
    if done["before"] == done["after"]:
        click.echo(f"The schema is {done['after']}: nothing to change.")
    else:
        click.echo(f"The schema is now {done['after']} (it was {done['before'] or 'blank'}).")
    for key in done["keys"]:
        click.echo(f"Key made: {key}")
    if done["portal"]:
        click.echo("The portal is registered.")


async def _migrate(house: House) -> dict[str, Any]:
    database = house.ground.database
    before, after = await migration.migrate(database)
    now = house.ground.clock.now()
    wanted = await database.read(lambda db: rotation.missing(db, house.ground.vault, house.settings.keys))
    stock = await making.stock(house.settings.keys, wanted, now)
    made = await database.work(lambda db: _keys(db, house, now, stock))
    registered = await database.work(lambda db: _portal(db, house, now))
    return {"before": before, "after": after, "keys": made, "portal": registered}


def _keys(db: Connection, house: House, now: datetime, stock: making.Stock) -> list[str]:
    alone(db, "signing keys")
    return [key.kid for key in rotation.ensure(db, house.ground.vault, house.settings.keys, now, stock)]


def _portal(db: Connection, house: House, now: datetime) -> bool:
    """Register the embedded portal, once; an operator's later change of it stays."""
    alone(db, "portal registration")
    wanted = portal_client(house.ground.vault, house.ground.issuer, now, house.settings.portal)
    if clients.find(db, wanted.client_id) is not None:
        return False
    clients.add(db, wanted, now)
    return True
