"""Who signs in during a run: made-up people with an open space, and the client that proves itself by a key."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from clients import store as clients
from clients.options import Options
from clients.records import AuthMethod, Client, Kind, Status
from consent import actors, decisions, space_moves
from idp.accounts import nir, register
from idp.accounts.hashing import hasher_of
from idp.accounts.records import Sex
from kit import jose
from service.house import House

PASSWORD = "Mesure-La-Vitesse-2026!"
KEYED = "bench-key"
BOUND = "bench-bound"
SCOPE = frozenset({"openid", "profile", "email", "offline_access"})


def identifier(number: int) -> str:
    """By which they sign in."""
    return f"banc.essai.{number:03d}"


def mobile(number: int) -> str:
    """Where their codes go: a number kept for fiction."""
    return f"+3363998{1000 + number}"


def furnish(house: House, people: int) -> Mapping[str, Any]:
    """Add them to a house that has the demo's; gives the private key of the client that has one."""
    key = jose.generate("ES256", "bench-1")

    async def work() -> None:
        hashed = await hasher_of(house.settings.idp).hash(PASSWORD)
        try:
            await house.ground.database.work(lambda db: _add(db, house, people, hashed, key))
        finally:
            await house.close()

    asyncio.run(work())
    private: Mapping[str, Any] = key.as_dict(private=True)
    return private


def _add(db: Connection, house: House, people: int, hashed: str, key: Any) -> None:
    now = house.ground.clock.now()
    came = now - timedelta(days=60)
    bound = Client(
        client_id=BOUND,
        name="Banc d’essai, jetons liés",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=now,
        profile="fapi2",
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        jwks=jose.public_set([key]),
        redirect_uris=("http://127.0.0.1/cb",),
        scope=SCOPE,
        options=Options(dpop_bound_access_tokens=True),
    )
    clients.add(db, bound, now)
    for number in range(people):
        thirteen = f"2820175999{number:03d}"
        newcomer = register.Newcomer(
            family_name=f"Banc {number}",
            given_names="Essai",
            birth_date=date(1982, 1, 15),
            sex=Sex.FEMALE,
            nir=thirteen + nir.key_of(thirteen),
            email=f"{identifier(number)}@example.org",
            mobile=mobile(number),
        )
        person = register.add_person(db, house.ground.vault, newcomer, came)
        space_moves.notify(db, person.id, came)
        space_moves.create(db, person.id, came + timedelta(days=42))
        space_moves.activate(db, person.id, actors.holder(person.id, context="activation"), now - timedelta(days=2))
        register.open_account(db, person.id, identifier(number), hashed, house.settings.idp.terms_version, now)
        holder = actors.holder(person.id, context="consents_page")
        decisions.open_grant(db, house.consent, person.id, bound, SCOPE, now, holder, settled=True)
    keyed = Client(
        client_id=KEYED,
        name="Banc d’essai à clé",
        kind=Kind.APP,
        status=Status.REFERENCED,
        created_at=now,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        jwks=jose.public_set([key]),
        grant_types=frozenset({"client_credentials"}),
        scope=frozenset({"openid"}),
    )
    clients.add(db, keyed, now)
