"""Gabrielle's glucose: a month of readings that an app sent day after day, through the same rules as any other's."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from io import BytesIO
from itertools import groupby

from sqlalchemy import Connection

from consent import actors, decisions
from consent.access import Permit as Agreed
from consent.access import Trace
from dossier.access import Permit
from dossier.api import creation
from idp.accounts.records import Person
from kit.guard import AccessClaims
from sandbox.libreview import observations, reader
from sandbox.libreview.records import Reading
from sandbox.libreview.sample import sample
from service.house import House

DAYS = 30
APP = "carnet"

Told = Callable[[int, int], None]
"""Hears how many days are done, and of how many."""


def tell(db: Connection, house: House, person: Person, now: datetime, told: Told) -> None:
    """Write the month before `now`: the agreement, each evening's readings, and the stop of this morning."""
    client = house.clients.peek(db, APP)
    if client is None:
        raise LookupError(f"{APP} is not registered")
    holder = actors.holder(person.id)
    began = now - timedelta(days=DAYS + 4)
    quiet = replace(house.consent, on_change=[])  # nobody is told today of what happened a month ago
    grant = decisions.open_grant(db, quiet, person.id, client, client.scope, began)
    grant = decisions.agree(db, quiet, grant, {"measures:write"}, "P3M", holder, began + timedelta(minutes=2))
    agreed = Agreed(person.id, client.client_id, client.name, grant.id, person.id, (), "app")
    permit = Permit(person.id, client.client_id, client.name, grant.id, person.id, source_kind="app")
    for done, (evening, readings) in enumerate(_evenings(now), 1):
        raw = [observations.observation(reading) for reading in readings]
        measured = [creation.looked_over(one, evening) for one in raw]
        creation.keep(db, measured, permit, evening, house.dossier.base, {})
        keys = tuple(dict.fromkeys(one.facts.measure for one in measured))
        line = Trace("create", "Observation", count=len(measured), about=keys)
        house.consent.access.record(db, agreed, _claims(house, client.client_id, grant.id, evening), line, evening)
        told(done, DAYS)
    decisions.end(db, quiet, grant, holder, now)


def _evenings(now: datetime) -> Iterator[tuple[datetime, list[Reading]]]:
    """Each day before today with its readings, and the instant when the app sent them."""
    today = now.astimezone(reader.PARIS).date()
    text = sample(first_day=today - timedelta(days=DAYS), days=DAYS, seed=27)
    readings, _ = reader.read(BytesIO(text.encode()))
    readings.sort(key=lambda one: one.at)
    for day, group in groupby(readings, key=lambda one: one.at.astimezone(reader.PARIS).date()):
        sent = datetime.combine(day, time(23, 59, 30), reader.PARIS)
        yield min(sent, now), list(group)


def _claims(house: House, client_id: str, grant_id: str, at: datetime) -> AccessClaims:
    return AccessClaims(
        subject="",
        client_id=client_id,
        scope=frozenset(),
        token_id="",
        issued_at=at,
        expires_at=at,
        grant_id=grant_id,
        patient=None,
        family_id=None,
        session_id=None,
        acr=None,
        auth_time=None,
        audience=(house.dossier.base,),
        raw={},
    )
