"""`espace accounts`: what those who answer people do to an account."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from idp.accounts import passwords, store
from idp.accounts.hashing import hasher_of
from idp.sessions import securing
from service.commands.common import answer, as_json, with_house
from service.commands.people import find_person, named
from service.failure import Failure
from service.house import House


@click.group()
def accounts() -> None:
    """Lock an account, open it again, give it another password. Apps are told (sign-out, signals)."""


@accounts.command()
@click.argument("who")
@as_json
@click.pass_obj
def lock(folder: Path | None, who: str, as_json: bool) -> None:
    """Nobody signs in, every session ends, no app reaches the space until it is unlocked."""
    _done(folder, who, lambda db, house, person, now: securing.lock(db, house.idp, person, now), "locked", as_json)


@accounts.command()
@click.argument("who")
@as_json
@click.pass_obj
def unlock(folder: Path | None, who: str, as_json: bool) -> None:
    """The person signs in as before."""
    _done(folder, who, lambda db, house, person, now: securing.unlock(db, person), "active", as_json)


@accounts.command()
@click.argument("who")
@click.option(
    "--password",
    prompt="New password",
    hide_input=True,
    confirmation_prompt=True,
    envvar="NEW_PASSWORD",
    help="Asked for when it is not given: a command line is remembered.",
)
@as_json
@click.pass_obj
def password(folder: Path | None, who: str, password: str, as_json: bool) -> None:
    """Another password, by the same rule as the person's own (R029); whoever used the former one is signed out."""

    async def work(house: House) -> str:
        known = named(folder, who)
        person = await house.ground.database.read(lambda db: find_person(db, known))
        account = await house.ground.database.read(lambda db: store.account(db, person.id))
        if account is None:
            raise Failure(f"{who} has no account.")
        wrong = passwords.lacks(password, account.identifier)
        if wrong:
            raise Failure(" ".join(wrong))
        kept, now = await hasher_of(house.settings.idp).hash(password), house.ground.clock.now()
        await house.ground.database.work(lambda db: securing.change_password(db, house.idp, person.id, kept, now))
        return person.id

    changed = with_house(folder, work)
    answer({"person_id": changed, "password": "changed"}) if as_json else click.echo(f"{changed}: password changed.")


def _done(
    folder: Path | None,
    who: str,
    act: Callable[[Connection, House, str, datetime], bool],
    status: str,
    as_json: bool,
) -> None:
    async def work(house: House) -> tuple[str, bool]:
        now = house.ground.clock.now()

        def unit(db: Connection) -> tuple[str, bool]:
            person = find_person(db, named(folder, who))
            return person.id, act(db, house, person.id, now)

        return await house.ground.database.work(unit)

    person_id, done = with_house(folder, work)
    if not done:
        raise Failure(f"{person_id} has no account, or it is {status} already.")
    answer({"person_id": person_id, "account": status}) if as_json else click.echo(f"{person_id}: {status}.")
