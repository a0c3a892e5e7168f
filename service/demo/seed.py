"""Fill a new demo: keys, apps, people and what happened to them so far. A second start adds nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from clients import store as clients
from consent import actors, mandates, space_moves
from idp.accounts import nir, register
from idp.accounts import store as accounts
from idp.accounts.hashing import hasher_of
from idp.accounts.marks import Marks
from idp.accounts.records import Person
from keys import making, rotation
from kit.periods import Period
from service.demo import history
from service.demo.clients import parties
from service.demo.party import Party
from service.demo.people import PASSWORD, PEOPLE, TESTER, Figure
from service.demo.shape import Shape
from service.house import House

Told = Callable[[str, int, int], None]
"""Hears what is being done, how much is done, and of how much."""

_SINCE: dict[str, timedelta] = {
    "notified": timedelta(days=5),
    "created": timedelta(days=50),
    "objected": timedelta(days=90),
    "activated": timedelta(days=130),
    "closed": timedelta(days=200),
}
"""How long ago the letter of someone at that stage came."""
_DELAY = timedelta(days=42)
_MAJORITY = Period.parse("P18Y")


async def fill(house: House, told: Told, shape: Shape | None = None) -> list[Party]:
    """Make what is missing, bring the addresses of the apps up to date; gives the apps with their secrets."""
    ground, now = house.ground, house.ground.clock.now()
    suite = shape.suite if shape else None
    known = parties(ground.vault, ground.issuer, now, suite)
    settings = house.settings.keys
    wanted = await ground.database.read(lambda db: rotation.missing(db, ground.vault, settings))
    stock = await making.stock(settings, wanted, now)
    await ground.database.work(lambda db: rotation.ensure(db, ground.vault, settings, now, stock))
    await ground.database.work(lambda db: _apps(db, known, now))
    if await ground.database.read(lambda db: find(db, house, PEOPLE[0])) is None:
        hashed = await hasher_of(house.settings.idp).hash(PASSWORD)
        await ground.database.work(lambda db: _everyone(db, house, hashed, now, told))
    if suite and await ground.database.read(lambda db: find(db, house, TESTER)) is None:
        plain = await hasher_of(house.settings.idp).hash(PASSWORD)
        await ground.database.work(lambda db: _one(db, house, TESTER, plain, now))
    return known


def find(db: Connection, house: House, figure: Figure) -> Person | None:
    """The person that this figure became."""
    return accounts.by_nir_mark(db, Marks(house.ground.vault).nir(nir.parse(figure.nir)))


def new_code(db: Connection, house: House, person_id: str) -> str:
    """A provisional code, as a letter would bring one."""
    validity = Period.parse(house.settings.idp.provisional_code_validity)
    return register.issue_code(db, house.ground.vault, person_id, validity, house.ground.clock.now())


def _apps(db: Connection, known: list[Party], now: datetime) -> None:
    for party in known:
        before = clients.find(db, party.client.client_id)
        if before is None:
            clients.add(db, party.client, now)
        elif before != (after := replace(party.client, created_at=before.created_at, status=before.status)):
            clients.replace(db, after, now)


def _everyone(db: Connection, house: House, hashed: str, now: datetime, told: Told) -> None:
    met: dict[str, Person] = {}
    for done, figure in enumerate(PEOPLE, 1):
        met[figure.key] = _one(db, house, figure, hashed, now)
        told("people", done, len(PEOPLE))
    for figure in PEOPLE:
        for child in figure.children:
            _child(db, met[figure.key], met[child], now)
    history.tell(db, house, met["gabrielle"], now, lambda done, of: told("Gabrielle’s glucose", done, of))


def _one(db: Connection, house: House, figure: Figure, hashed: str, now: datetime) -> Person:
    """The person, and the moves of their space, each at its date."""
    letter = now - _SINCE[figure.stage]
    newcomer = register.Newcomer(
        family_name=figure.family_name,
        given_names=figure.given_names,
        birth_date=figure.birth_date,
        sex=figure.sex,
        nir=figure.nir,
        vitale_serial=figure.vitale_serial,
        email=figure.email,
        mobile=figure.mobile,
        further=figure.further,
    )
    person = register.add_person(db, house.ground.vault, newcomer, letter)
    holder = actors.holder(person.id, context="activation")
    space_moves.notify(db, person.id, letter)
    if figure.stage == "objected":
        space_moves.object_to(db, person.id, holder, letter + timedelta(days=6))
        return person
    if figure.stage in {"created", "activated", "closed"}:
        space_moves.create(db, person.id, letter + _DELAY)
    if figure.stage in {"activated", "closed"}:
        came = letter + _DELAY + timedelta(days=3)
        space_moves.activate(db, person.id, holder, came)
        register.open_account(
            db, person.id, figure.identifier or figure.key, hashed, house.settings.idp.terms_version, came
        )
        for address in (figure.email, figure.mobile):
            if address:
                accounts.reached(db, person.id, address, came)
    if figure.stage == "closed":
        space_moves.close(db, house.consent, person.id, actors.holder(person.id), now - timedelta(days=10))
    return person


def _child(db: Connection, parent: Person, child: Person, now: datetime) -> None:
    born = datetime(child.birth_date.year, child.birth_date.month, child.birth_date.day, tzinfo=now.tzinfo)
    mandate = mandates.Mandate(parent.id, child.id, child.name, child.created_at, _MAJORITY.after(born))
    mandates.declare(db, mandate)
