"""`espace people`: those whom the insurance made known."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from consent import space_moves, spaces_store
from idp.accounts import listing, register, store
from idp.accounts.records import Account, Person, Sex
from kit.periods import Period
from service.commands.common import answer, as_json, facts, table, with_house
from service.failure import Failure
from service.house import House


@click.group()
def people() -> None:
    """People, their accounts and their spaces. Social security numbers are never shown."""


@people.command("list")
@click.option("--after", default="", help="Begin after this person's identifier (per_…).")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@as_json
@click.pass_obj
def list_people(folder: Path | None, after: str, limit: int, as_json: bool) -> None:
    """People in the order in which they came, a page at a time."""

    async def work(house: House) -> list[dict[str, Any]]:
        return await house.ground.database.read(
            lambda db: [_card(db, person) for person in listing.page(db, after, limit)]
        )

    found = with_house(folder, work)
    if as_json:
        answer(found)
    else:
        names = ("id", "name", "birth_date", "identifier", "space")
        table("People", names, [[one[name] for name in names] for one in found])


@people.command()
@click.argument("who")
@as_json
@click.pass_obj
def show(folder: Path | None, who: str, as_json: bool) -> None:
    """One person, by the identifier that they sign in with or by theirs here (per_…); in a demo by their key too."""

    async def work(house: House) -> dict[str, Any]:
        return await house.ground.database.read(lambda db: _card(db, find_person(db, named(folder, who))))

    one = with_house(folder, work)
    if as_json:
        answer(one)
    else:
        facts([*one.items()])


@people.command()
@click.option("--family-name", required=True)
@click.option("--given-names", required=True, help="The usual one first.")
@click.option("--birth-date", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--sex", required=True, type=click.Choice(["F", "M"]))
@click.option(
    "--nir",
    prompt="Social security number and key",
    hide_input=True,
    envvar="NIR",
    help="With its key. Asked for when it is not given: a command line is remembered.",
)
@click.option("--vitale", help="Serial number of the Vitale card.")
@click.option("--email")
@click.option("--mobile")
@click.option("--claims", help='The rest of the standard claims, as JSON: {"nickname": "…", "address": {…}}.')
@as_json
@click.pass_obj
def add(folder: Path | None, /, birth_date: datetime, nir: str, as_json: bool, **said: Any) -> None:
    """Make a person known, as the insurance's file does: they are notified, and a provisional code is issued."""
    newcomer = _newcomer(birth_date.date(), nir, said)

    async def work(house: House) -> dict[str, Any]:
        now = house.ground.clock.now()

        def unit(db: Connection) -> dict[str, Any]:
            person = register.add_person(db, house.ground.vault, newcomer, now)
            space_moves.notify(db, person.id, now)
            return {**_card(db, person), "provisional_code": _code(db, house, person.id, now)}

        try:
            return await house.ground.database.work(unit)
        except ValueError as error:
            raise Failure(f"This person cannot be kept: {error}.") from error
        except IntegrityError as error:
            raise Failure("This person is known already.") from error

    made = with_house(folder, work)
    if as_json:
        answer(made)
    else:
        click.echo(f"{made['name']} is known as {made['id']}.")
        click.echo(f"Provisional code, shown this once: {made['provisional_code']}")


@people.command()
@click.argument("who")
@as_json
@click.pass_obj
def code(folder: Path | None, who: str, as_json: bool) -> None:
    """Issue a new provisional code; the former one is worth nothing any more (R007)."""

    async def work(house: House) -> dict[str, Any]:
        now = house.ground.clock.now()

        def unit(db: Connection) -> dict[str, Any]:
            person = find_person(db, named(folder, who))
            return {"id": person.id, "name": person.name, "provisional_code": _code(db, house, person.id, now)}

        return await house.ground.database.work(unit)

    made = with_house(folder, work)
    if as_json:
        answer(made)
    else:
        click.echo(f"Provisional code of {made['name']}, shown this once: {made['provisional_code']}")


def _newcomer(birth_date: date, nir: str, said: dict[str, Any]) -> register.Newcomer:
    return register.Newcomer(
        family_name=said["family_name"],
        given_names=said["given_names"],
        birth_date=birth_date,
        sex=Sex(said["sex"]),
        nir=nir,
        vitale_serial=said["vitale"],
        email=said["email"],
        mobile=said["mobile"],
        further=_further(said["claims"]),
    )


def _further(text: str | None) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise Failure("--claims is not a JSON object.") from error


def _code(db: Connection, house: House, person_id: str, now: datetime) -> str:
    validity = Period.parse(house.settings.idp.provisional_code_validity)
    return register.issue_code(db, house.ground.vault, person_id, validity, now)


def named(folder: Path | None, who: str) -> str:
    """In a demo, people also go by their keys: "inaya"."""
    if folder is None:
        return who
    from service.demo import card

    keys = {one["key"]: one["person_id"] for one in card.read(folder).get("people", [])}
    return str(keys.get(who, who))


def find_person(db: Connection, who: str) -> Person:
    """By identifier or by `per_…`. Raises Failure."""
    account = None if who.startswith("per_") else store.by_identifier(db, who)
    person = store.find(db, account.person_id if account else who)
    if person is None:
        raise Failure(f"Nobody is known as {who}. See: espace people list")
    return person


def _card(db: Connection, person: Person) -> dict[str, Any]:
    account: Account | None = store.account(db, person.id)
    space = spaces_store.find(db, person.id)
    return {
        "id": person.id,
        "name": person.name,
        "given_names": person.given_names,
        "family_name": person.family_name,
        "birth_date": person.birth_date,
        "sex": person.sex,
        "email": person.email,
        "mobile": person.mobile,
        "identifier": account.identifier if account else None,
        "account": account.status if account else None,
        "space": space.state if space else None,
    }
